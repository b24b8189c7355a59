using Portal.Domain;
using Portal.Domain.Accounts;
using Portal.Domain.Metering;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Api.Hosting;

/// <summary>The command <c>rebuild-usage [--customer KEY]</c>: counts usage anew from its events, of one customer or all, beside hosts that go on taking events in.</summary>
internal static class RebuildUsageCommand
{
    public const string Name = "rebuild-usage";

    private const string Usage = "Usage: dotnet Portal.dll rebuild-usage [--customer KEY]. Without a customer, the usage of all is counted anew.";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    // In the trail it says where the order came from: whoever may run the program may do everything.
    private static readonly Actor s_console = Actor.System with { Name = $"command line ({Environment.UserName})" };

    public static async Task<int> Run(string[] args)
    {
        string? customer;
        switch (args)
        {
            case []:
                customer = null;
                break;
            case ["--customer", var key]:
                customer = key;
                break;
            default:
                await Console.Error.WriteLineAsync(Usage);
                return 1;
        }

        var failed = false;
        var code = await HostRun.Run(async stopping => failed = !await Rebuild(customer, stopping));
        return code != 0 || failed ? 1 : 0;
    }

    private static async Task<bool> Rebuild(string? customer, CancellationToken stopping)
    {
        var (builder, options) = PortalHost.Prepare([]);
        var given = builder.Configuration.GetConnectionString("Portal");
        var connectionString = string.IsNullOrWhiteSpace(given) ? EmbeddedPostgres.RunningIn(options.DataFolder) : given;
        if (connectionString is null)
        {
            await Console.Error.WriteLineAsync($"No Portal runs on the data folder {Path.GetFullPath(options.DataFolder)}. Start it, or name its database in ConnectionStrings__Portal or its folder in Portal__DataFolder.");
            return false;
        }

        var services = new ServiceCollection().AddLogging().AddSingleton(options).AddSingleton(TimeProvider.System);
        services.AddPortalDomain(connectionString);
        await using var provider = services.BuildServiceProvider();
        if (options.Sandbox is true)
        {
            await provider.GetRequiredService<ClockStore>().Restore(null, stopping);
        }

        var register = provider.GetRequiredService<Register>();
        await register.Apply(RegisterChange.Everything, stopping);
        var keys = customer is null ? [.. register.Now.ByKey.Keys.Order(StringComparer.Ordinal)] : new[] { customer };
        var allDone = true;
        foreach (var key in keys)
        {
            allDone &= await Rebuild(provider, key, stopping);
        }

        return allDone;
    }

    private static async Task<bool> Rebuild(ServiceProvider provider, string key, CancellationToken stopping)
    {
        var reader = provider.GetRequiredService<RecountReader>();
        try
        {
            await provider.GetRequiredService<RecountWriter>().Rebuild(s_console, key, stopping);
        }
        catch (Refusal refusal)
        {
            await Console.Error.WriteLineAsync(refusal.Message);
            return false;
        }

        // A host beside this one may have begun with it already: then it is waited for.
        var run = provider.GetRequiredService<RecountRun>();
        Recount rebuild;
        while (true)
        {
            await run.Run(stopping);
            rebuild = (await reader.Rebuild(s_console, key, stopping))!;
            if (rebuild.EndedAt is not null)
            {
                break;
            }

            await Task.Delay(s_look, stopping);
        }

        Console.WriteLine(rebuild.Error is null
            ? $"{key}: {rebuild.Readings} {(rebuild.Readings == 1 ? "reading" : "readings")} counted; {rebuild.Differences} quarter-hour figures differed from the events."
            : $"{key}: given up. {rebuild.Error}");
        return rebuild.Error is null;
    }
}
