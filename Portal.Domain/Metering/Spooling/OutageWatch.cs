using System.Globalization;
using Microsoft.Extensions.Hosting;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Metering.Spooling;

/// <summary>Raises an alarm when the database goes away, and another when the spool takes nothing either. They reach the operator when the database is back.</summary>
public sealed class OutageWatch(DatabaseState database, EventSpool spool, AlarmWriter alarms, TimeProvider machine) : BackgroundService
{
    /// <summary>The alarm about the database.</summary>
    public const string AwayKey = "database.away";

    /// <summary>The alarm about the spool.</summary>
    public const string FullKey = "spool.full";

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    private bool _isAway;
    private string? _refusal;

    /// <inheritdoc />
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_look, machine);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                await Look();
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The host stops.
        }
    }

    private async Task Look()
    {
        var since = database.Since;
        if (since is { } at && !_isAway)
        {
            await alarms.Raise(AwayKey, "The database was away.", string.Create(CultureInfo.InvariantCulture,
                $"From {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC on it took nothing: {database.Reason?.TrimEnd('.')}. Events went to this machine's disk and reach it by themselves; what else needs it had to wait, and no money moved. Find out why it was away."));
        }

        var refusal = spool.LastRefusal;
        if (refusal is not null && refusal != _refusal)
        {
            await alarms.Raise(FullKey, "Events were refused.",
                $"The database was away, and the spool took no more: {refusal.TrimEnd('.')}. Senders were answered 503 and must send again; nothing that was acknowledged is lost. Give the spool more room or look at its disk.");
        }

        (_isAway, _refusal) = (since is not null, refusal);
        if (since is null && refusal is not null)
        {
            spool.LastRefusal = null;
        }
    }
}
