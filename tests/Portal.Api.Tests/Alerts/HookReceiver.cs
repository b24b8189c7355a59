using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Portal.Api.Tests.Alerts;

/// <summary>Somebody's server that webhooks are sent to: it keeps what it got and answers what it is told to.</summary>
internal sealed class HookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Hook> _got = new();

    private HookReceiver(WebApplication app) => _app = app;

    /// <summary>The status it answers with.</summary>
    public int Status { get; set; } = StatusCodes.Status200OK;

    /// <summary>What it got so far.</summary>
    public IReadOnlyList<Hook> Got => [.. _got];

    /// <summary>Its port on the loopback.</summary>
    public int Port => new Uri(Address).Port;

    /// <summary>Its address.</summary>
    public string Address => _app.Services.GetRequiredService<Microsoft.AspNetCore.Hosting.Server.IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<HookReceiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://{IPAddress.Loopback}:0");
        var app = builder.Build();
        var receiver = new HookReceiver(app);
        app.Map("/{**path}", receiver.Take);
        await app.StartAsync();
        return receiver;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task Take(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var body = await reader.ReadToEndAsync();
        _got.Enqueue(new Hook(context.Request.Path, body, context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString())));
        context.Response.StatusCode = Status;
        if (Status is >= 300 and < 400)
        {
            context.Response.Headers.Location = "/elsewhere";
        }

        await context.Response.WriteAsync("seen");
    }
}

/// <summary>A delivery as it arrived.</summary>
internal sealed record Hook(string Path, string Body, IReadOnlyDictionary<string, string> Headers);
