using System.Collections.Immutable;
using System.Text.Json;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Limits;
using Portal.Domain.Metering.Spooling;
using Portal.Domain.Values;

namespace Portal.Domain.Storage;

/// <summary>Keeps beside the spool what checking events needs, so that a host that starts while the database is away knows its callers and takes events.</summary>
/// <remarks>Keys' hashes, customers' keys and pauses, meters, and where the business clock stands. No secret, no name, no address.</remarks>
public sealed class RegisterSnapshot(Register register, EventSpool spool, BusinessClock clock, TimeProvider machine, ILogger<RegisterSnapshot> log) : BackgroundService
{
    // Changes come in bursts; the last one counts.
    private static readonly TimeSpan s_pace = TimeSpan.FromMilliseconds(500);

    private readonly SemaphoreSlim _changed = new(0, 1);

    private string FilePath => Path.Combine(spool.Folder, "register.json");

    /// <summary>Takes the register from the file, where this process owns the spool and one lies there.</summary>
    /// <returns>Whether there was one.</returns>
    public bool TryRestore()
    {
        if (!spool.IsOpen || !File.Exists(FilePath))
        {
            return false;
        }

        try
        {
            var kept = JsonSerializer.Deserialize<Content>(File.ReadAllBytes(FilePath))!;
            register.Restore(kept.Keys, kept.Customers.Select(customer => customer.ToEntry()), kept.Meters);
            clock.StartAt(machine.GetUtcNow() + kept.ClockAhead);
            return true;
        }
        catch (JsonException unreadable)
        {
            log.LogWarning("{File} cannot be read, so no event is taken until the database is back: {Reason}", FilePath, unreadable.Message);
            return false;
        }
    }

    /// <inheritdoc />
    public override void Dispose()
    {
        _changed.Dispose();
        base.Dispose();
    }

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        register.Changed += Heed;
        try
        {
            var (isChanged, clockAhead) = (true, clock.Offset);
            while (true)
            {
                // The sandbox's clock is moved without a word.
                if (spool.IsOpen && register.IsRead && (isChanged || (clock.Offset - clockAhead).Duration() > s_pace))
                {
                    clockAhead = clock.Offset;
                    Write();
                }

                isChanged = await _changed.WaitAsync(s_pace, stoppingToken);
                await Task.Delay(s_pace, machine, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            // The host stops; what it knew last is written.
        }
        finally
        {
            register.Changed -= Heed;
        }
    }

    private void Heed(RegisterChange change)
    {
        try
        {
            _changed.Release();
        }
        catch (Exception known) when (known is SemaphoreFullException or ObjectDisposedException)
        {
            // It is going to be written anyway, or the host has stopped.
        }
    }

    private void Write()
    {
        var now = register.Now;
        try
        {
            DurableFolder.WriteWhole(FilePath, JsonSerializer.SerializeToUtf8Bytes(new Content(
                clock.Offset,
                [.. now.Keys.Values],
                [.. now.ById.Values.Select(KeptCustomer.Of)],
                [.. now.Meters])));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogWarning("The register could not be kept beside the spool, so a start without the database would take older keys and meters: {Reason}", e.Message);
        }
    }

    private sealed record Content(TimeSpan ClockAhead, ImmutableArray<ApiKey> Keys, ImmutableArray<KeptCustomer> Customers, ImmutableArray<Meter> Meters);

    private sealed record KeptCustomer(int Id, string Key, string Currency, DateTimeOffset CreatedAt, ImmutableArray<Pause> Pauses)
    {
        public static KeptCustomer Of(CustomerEntry entry) =>
            new(entry.Customer.Id, entry.Customer.Key, entry.Customer.Currency, entry.Customer.CreatedAt, entry.OpenPauses);

        // What is not kept is not needed to take events, and nothing else is done until the database is back.
        public CustomerEntry ToEntry() =>
            new(new Customer { Id = Id, Key = Key, Name = Key, Email = "", Currency = Currency, CreatedAt = CreatedAt }, null, null, Pauses);
    }
}
