using Microsoft.Playwright;

namespace Portal.Tests.Browser;

/// <summary>Debian's Chromium, driven by Playwright. Each visitor has a profile of its own.</summary>
public sealed class Chromium : IAsyncLifetime
{
    private const string Program = "/usr/bin/chromium";

    private static readonly string[] s_arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private IPlaywright? _playwright;
    private IBrowser? _browser;

    public async Task InitializeAsync()
    {
        Assert.True(File.Exists(Program), $"{Program} is missing. Debian: apt-get install chromium.");
        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new() { ExecutablePath = Program, Args = s_arguments });
    }

    /// <summary>A new profile, as a person with nothing remembered.</summary>
    /// <param name="portal">The host to visit; addresses are relative to it.</param>
    /// <param name="look">The size and colours; a wide, light one where null.</param>
    public async Task<Visitor> Visit(RunningPortal portal, Look? look = null)
    {
        look ??= Look.Desk;
        var profile = await _browser!.NewContextAsync(new()
        {
            BaseURL = portal.Address.ToString(),
            ViewportSize = new() { Width = look.Width, Height = look.Height },
            ColorScheme = look.Scheme,
            Locale = "en-US",
            TimezoneId = "America/New_York",
            ReducedMotion = ReducedMotion.Reduce,
        });
        return new Visitor(profile, await profile.NewPageAsync(), portal.Address);
    }

    public async Task DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}

/// <summary>A size and a colour scheme in which a page has to hold.</summary>
/// <param name="Name">For messages and file names.</param>
/// <param name="Scheme">Light or dark.</param>
/// <param name="Width">In CSS pixels.</param>
/// <param name="Height">In CSS pixels.</param>
public sealed record Look(string Name, ColorScheme Scheme, int Width, int Height)
{
    /// <summary>A desk's screen, light.</summary>
    public static Look Desk { get; } = new("light-1280", ColorScheme.Light, 1280, 900);

    /// <summary>The four combinations that every page is checked in.</summary>
    public static IReadOnlyList<Look> All { get; } =
    [
        Desk,
        new("dark-1280", ColorScheme.Dark, 1280, 900),
        new("light-375", ColorScheme.Light, 375, 812),
        new("dark-375", ColorScheme.Dark, 375, 812),
    ];
}
