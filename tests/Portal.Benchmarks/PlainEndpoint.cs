using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Portal.Benchmarks;

/// <summary>What one writes first with EF Core: look whether the event is there, add it, add to the total, save. The yardstick, not a straw man: it is correct for one caller at a time.</summary>
internal static class PlainEndpoint
{
    /// <summary>Runs it as a host of its own: <c>/events</c> saves each event, <c>/batch</c> all events of a request at once; <c>/empty</c> does nothing.</summary>
    public static async Task Run(string connectionString, string address)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddDbContextPool<PlainDb>(options => options.UseNpgsql(connectionString));
        var app = builder.Build();
        app.MapPost("/events", async (PlainInput[] events, PlainDb db) =>
        {
            foreach (var input in events)
            {
                if (!await db.Events.AnyAsync(item => item.CustomerKey == input.Customer && item.EventId == input.Id))
                {
                    db.Events.Add(input.ToEvent());
                    await db.SaveChangesAsync();
                    db.ChangeTracker.Clear();
                }
            }

            return Results.Ok(new { accepted = events.Length });
        });
        app.MapPost("/batch", async (PlainInput[] events, PlainDb db) =>
        {
            foreach (var input in events)
            {
                if (!await db.Events.AnyAsync(item => item.CustomerKey == input.Customer && item.EventId == input.Id))
                {
                    db.Events.Add(input.ToEvent());
                }
            }

            await db.SaveChangesAsync();
            return Results.Ok(new { accepted = events.Length });
        });
        app.MapGet("/empty", () => Results.Ok(new { allowed = true }));
        await app.RunAsync(address);
    }
}

internal sealed class PlainDb(DbContextOptions<PlainDb> options) : DbContext(options)
{
    public DbSet<PlainEvent> Events => Set<PlainEvent>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        builder.Entity<PlainEvent>().ToTable("plain_events").HasIndex(item => new { item.CustomerKey, item.EventId }).IsUnique();
        builder.Entity<PlainEvent>().Property(item => item.Properties).HasColumnType("jsonb");
    }
}

internal sealed class PlainEvent
{
    public long Id { get; init; }

    public required string CustomerKey { get; init; }

    public required string EventId { get; init; }

    public required string Type { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required string Properties { get; init; }
}

internal sealed record PlainInput(string Id, string Customer, string Type, DateTimeOffset? Time, JsonElement Properties)
{
    public PlainEvent ToEvent() => new()
    {
        CustomerKey = Customer, EventId = Id, Type = Type, Time = Time ?? TimeProvider.System.GetUtcNow(), Properties = Properties.GetRawText(),
    };
}
