using Microsoft.Extensions.Configuration.Json;
using Microsoft.Extensions.FileProviders;
using Portal.Api.Accounts;
using Portal.Api.Alerts;
using Portal.Api.Invoicing;
using Portal.Api.Jobs;
using Portal.Api.Payments;
using Portal.Api.Smtp;
using Portal.Domain;
using Portal.Domain.Alerts;
using Portal.Domain.Demo;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;

namespace Portal.Api.Hosting;

/// <summary>Starts and stops a host: settings, database, migration, bootstrap, then requests. Both hosts run through it.</summary>
public static class PortalHost
{
    /// <summary>Builds and runs a host.</summary>
    /// <param name="args">The command line; it wins over the environment, which wins over <c>appsettings.json</c>.</param>
    /// <param name="add">Registers what this host has beyond the API.</param>
    /// <param name="map">Maps what this host has beyond the API.</param>
    /// <returns>The process's exit code.</returns>
    public static Task<int> Run(string[] args, Action<WebApplicationBuilder>? add = null, Action<WebApplication>? map = null) =>
        args is [RebuildUsageCommand.Name, .. var rest] ? RebuildUsageCommand.Run(rest) : HostRun.Run(stopping => Run(args, add, map, stopping));

    /// <summary>A builder with the settings of the environment and the command line.</summary>
    internal static (WebApplicationBuilder Builder, PortalOptions Options) Prepare(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);

        // The one appsettings.json is linked beside the binaries; 'dotnet run' would look for it in the project's folder. It goes first, below
        // the environment: where it is found by chance, in the folder that the host is started from, its addresses would win over ASPNETCORE_URLS.
        foreach (var found in builder.Configuration.Sources.OfType<JsonConfigurationSource>().Where(source => source.Path == "appsettings.json").ToList())
        {
            builder.Configuration.Sources.Remove(found);
        }

        builder.Configuration.Sources.Insert(0, new JsonConfigurationSource
        {
            FileProvider = new PhysicalFileProvider(AppContext.BaseDirectory),
            Path = "appsettings.json",
        });
        return (builder, Settings.Read(builder));
    }

    private static async Task Run(string[] args, Action<WebApplicationBuilder>? add, Action<WebApplication>? map, CancellationToken stopping)
    {
        var (builder, options) = Prepare(args);
        builder.Services.AddMail(builder.Configuration, options.DataFolder);
        ListenAddresses.MustBeFree(builder.Configuration);

        // Disposed after the host, so that requests and jobs end before their database does, and what it says of its end is still printed.
        using var loggers = LoggerFactory.Create(logging => logging.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());
        var given = builder.Configuration.GetConnectionString("Portal");
        await using var embedded = string.IsNullOrWhiteSpace(given)
            ? await EmbeddedPostgres.Start(options.DataFolder, loggers.CreateLogger<EmbeddedPostgres>(), stopping)
            : null;
        var connectionString = embedded?.ConnectionString ?? given!;
        if (embedded is not null && options.Demo is true)
        {
            await DemoHistory.ForgetUnfinished(connectionString, stopping);
        }

        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.ConfigureHttpJsonOptions(json => Json.Configure(json.SerializerOptions));
        builder.Services.AddPortalDomain(connectionString);
        builder.Services.AddGateway(options);
        builder.Services.AddPortalIdentity();
        builder.Services.AddPortalOpenApi();
        builder.Services.AddSingleton<StartUp>();
        builder.Services.AddJobs(options);
        builder.Services.AddSingleton<IWebhookSender, HttpWebhookSender>();
        builder.Services.AddSingleton<IPdfPrinter, ChromiumPrinter>();
        if (options.Demo is true)
        {
            builder.Services.AddHostedService<DemoTrickle>();
        }

        add?.Invoke(builder);
        if (options.Demo is true)
        {
            HeldServices.Hold(builder.Services);
        }

        await using var app = builder.Build();

        // What a host adds comes first: its error pages lie around everything, those of the API below /v1 lie inside and win there.
        app.UsePast();
        app.UseWaiting();
        if (map is null)
        {
            app.UsePortalIdentity();
        }

        map?.Invoke(app);
        app.UseProblems();
        app.UseApiKeys();
        app.UseDatabaseAway();
        app.UseIdempotency();
        app.MapPortalApi();
        app.MapPortalOpenApi();
        app.UseWelcome();
        var start = app.Services.GetRequiredService<StartUp>();
        await start.Run(stopping);
        try
        {
            await app.RunAsync(stopping);
        }
        catch (OperationCanceledException) when (start.Past.IsFaulted)
        {
            // It failed before the host had started, which ended the start.
        }

        // Where the demo could not be made, this says why.
        await start.Past;
    }
}
