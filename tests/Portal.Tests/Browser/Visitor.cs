using System.Collections.Concurrent;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace Portal.Tests.Browser;

/// <summary>A person at a browser, who notices what goes wrong: console errors, failed requests, exceptions in scripts.</summary>
public sealed class Visitor : IAsyncDisposable
{
    /// <summary>The environment variable that names a folder for screenshots; without it none are taken.</summary>
    public const string ScreenshotsVariable = "PORTAL_TEST_SCREENSHOTS";

    private static readonly ConcurrentDictionary<(string Host, string Email), Cookie[]> s_cookies = new();

    private readonly IBrowserContext _profile;
    private readonly Uri _address;
    private readonly ConcurrentQueue<string> _errors = new();

    internal Visitor(IBrowserContext profile, IPage page, Uri address)
    {
        _profile = profile;
        _address = address;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                _errors.Enqueue($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => _errors.Enqueue($"script: {error}");
        page.Response += (_, response) =>
        {
            if (response.Status >= 400)
            {
                _errors.Enqueue($"{response.Status} {response.Url}");
            }
        };
    }

    /// <summary>The tab.</summary>
    public IPage Page { get; }

    /// <summary>What went wrong so far.</summary>
    public IReadOnlyCollection<string> Errors => _errors;

    /// <summary>Signs in through the form, as a person would, and waits until the portal has let the person in.</summary>
    public async Task SignIn(string email, string password = OperatorApi.Password)
    {
        await Page.GotoAsync("/Account/Login");
        await Page.Locator("input[type=email]").FillAsync(email);
        await Page.Locator("input[type=password]").FillAsync(password);
        await Page.Locator("button[type=submit]").First.ClickAsync();
        await Page.WaitForURLAsync(address => !address.Contains("/Account/", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>Signs in with the cookies of an earlier visit of the same person; the first one goes through the form.</summary>
    public async Task SignInAgain(string email)
    {
        var person = (_address.Authority, email);
        if (s_cookies.TryGetValue(person, out var cookies))
        {
            await _profile.AddCookiesAsync(cookies);
            return;
        }

        await SignIn(email);
        s_cookies[person] = [.. (await _profile.CookiesAsync()).Select(cookie => new Cookie
        {
            Name = cookie.Name,
            Value = cookie.Value,
            Domain = cookie.Domain,
            Path = cookie.Path,
            HttpOnly = cookie.HttpOnly,
            Secure = cookie.Secure,
            SameSite = cookie.SameSite,
            Expires = cookie.Expires,
        })];
    }

    /// <summary>Opens a page and waits until its circuit answers and nothing on it is loading any more.</summary>
    public async Task<IResponse> Open(string path)
    {
        var response = await Page.GotoAsync(path) ?? throw new InvalidOperationException($"{path} gave no answer.");
        await Settle();
        return response;
    }

    /// <summary>Waits until nothing on the page is loading any more.</summary>
    public async Task Settle()
    {
        await Page.WaitForLoadStateAsync(LoadState.Load);

        // An interactive page marks itself when its circuit answers; a static one has no mark to wait for.
        await Page.WaitForFunctionAsync("() => !document.querySelector('[data-circuit=\"waiting\"]')");
        await Page.WaitForFunctionAsync("() => !document.querySelector('[aria-busy=\"true\"]')");
    }

    /// <summary>Takes a screenshot of the whole page, where the run asks for them.</summary>
    public async Task Photograph(string name)
    {
        if (Environment.GetEnvironmentVariable(ScreenshotsVariable) is { Length: > 0 } folder)
        {
            await Page.ScreenshotAsync(new() { Path = Path.Combine(folder, $"{name}.png"), FullPage = true });
        }
    }

    /// <summary>Tables that reach beyond what holds them without a way to scroll to the rest: by their captions.</summary>
    public async Task<string[]> CutTables() => await Page.EvaluateAsync<string[]>("""
        () => [...document.querySelectorAll('main table')]
            .filter(table => table.offsetParent && !table.closest('.scroll') && table.scrollWidth > table.parentElement.clientWidth + 1)
            .map(table => table.caption?.innerText ?? table.outerHTML.slice(0, 80))
        """);

    /// <summary>What axe finds on the page: one line per rule, with the elements at fault. Empty when all is well.</summary>
    public async Task<IReadOnlyList<string>> Violations()
    {
        var result = await Page.RunAxe();
        return
        [
            .. result.Violations.Select(violation =>
                $"{violation.Id} ({violation.Impact}): {violation.Help} — {string.Join(" | ", violation.Nodes.Select(node => node.Html))}"),
        ];
    }

    public async ValueTask DisposeAsync() => await _profile.DisposeAsync();
}
