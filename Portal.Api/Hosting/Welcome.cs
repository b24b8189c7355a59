using Portal.Domain.Demo;
using Portal.Domain.Storage;

namespace Portal.Api.Hosting;

/// <summary>Says on the console where the portal is and how to sign in, once it serves requests. Outside Development it names no secret.</summary>
public static class Welcome
{
    /// <summary>Prints when the host serves figures: at its start, or when the demo has lived through its past.</summary>
    public static void UseWelcome(this WebApplication app) => app.Lifetime.ApplicationStarted.Register(() => _ = Print(app));

    private static async Task Print(WebApplication app)
    {
        var url = app.Urls.FirstOrDefault() ?? "";
        if (app.Services.GetService<HeldServices>() is { Open.IsCompleted: false } held)
        {
            Console.WriteLine($"{Environment.NewLine}  The demo lives through its last {DemoSeed.Days} days; {url} shows how far it is.");
            await held.Open.WaitAsync(app.Lifetime.ApplicationStopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!held.Open.IsCompletedSuccessfully)
            {
                return;
            }
        }

        Console.WriteLine(Text(url, app.Services.GetRequiredService<PortalOptions>(), app.Environment.IsDevelopment()));
    }

    internal static string Text(string url, PortalOptions options, bool isDevelopment)
    {
        var lines = new List<string> { "", $"  Portal is at {url}" };
        if (isDevelopment)
        {
            lines.Add($"  operator      {options.Bootstrap.AdminEmail} / {options.Bootstrap.AdminPassword}");
            if (options.Demo is true)
            {
                lines.AddRange(DemoCustomers.All.Select(customer => $"  {customer.Key,-13} {customer.Email} / {DemoCustomers.Password}"));
            }

            lines.Add($"  operator key  {options.Bootstrap.ApiKey}");
        }

        lines.Add($"  API           {url}/docs");
        lines.Add("  Ctrl-C stops everything, the database too.");
        lines.Add("");
        return string.Join(Environment.NewLine, lines);
    }
}
