using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>Creates meters and changes them as far as no usage would change its meaning.</summary>
public sealed class MeterWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>Creates the meter of this key, or replaces what is said about it.</summary>
    /// <returns>The meter, and whether it is new.</returns>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">Conflict where usage or prices rest on what would change.</exception>
    public async Task<(Meter Meter, bool IsNew)> Put(Actor actor, string key, MeterDetails details, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageCatalog);
        if (!Identifier.IsValid(key))
        {
            throw InvalidInputException.At("key", Identifier.Rule);
        }

        details.MustMakeSense();

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var meter = await db.Meters.SingleOrDefaultAsync(candidate => candidate.Key == key, cancellation);
        var isNew = meter is null;
        if (meter is null)
        {
            meter = New(key, details, now);

            // A type that nobody reads has no stored events. Where there may be some, they count only when somebody asks for it.
            meter.CountsFrom = details.EventTypes.Select(type => type.Type).Append(details.EventType).Any(register.Now.MetersByType.ContainsKey) ? now : null;
            db.Meters.Add(meter);
        }
        else if (!IsSameCount(meter, details))
        {
            await MayChange(db, meter, details, cancellation);
            (meter.CountsFrom, meter.BackfilledAt) = (now, null);
        }

        Apply(details, meter);
        if (isNew || db.ChangeTracker.HasChanges())
        {
            db.AuditEntries.Add(AuditEntry.Of(actor, now, null, isNew ? "meter.created" : "meter.changed", key, JsonSerializer.Serialize(details, JsonColumns.Options)));
        }

        await register.Save(db, () => RegisterChange.Catalog, cancellation);
        return (meter, isNew);
    }

    private async Task MayChange(PortalDb db, Meter meter, MeterDetails details, CancellationToken cancellation)
    {
        // What was counted stays what it was: a number on an invoice must not change its meaning.
        if (await db.Database.SqlQuery<bool>($"SELECT EXISTS (SELECT 1 FROM usage_buckets WHERE meter_id = {meter.Id}) AS \"Value\"").SingleAsync(cancellation))
        {
            throw Refusal.Conflict("meter_in_use",
                $"Meter '{meter.Key}' has counted usage, so its event types, aggregation, value, groupBy and filter stay. Create a new meter, such as '{meter.Key}-2', and put its prices on the card.");
        }

        var missing = meter.GroupBy.Except(details.GroupBy, StringComparer.Ordinal).ToHashSet(StringComparer.Ordinal);
        if (register.Now.Cards.FirstOrDefault(card => MatchesOn(card, meter.Key, missing)) is { } user)
        {
            throw Refusal.Conflict("meter_in_use", $"Rate card '{user.Key}' has prices that match on {string.Join(", ", missing)}. Keep it in groupBy, or create a new meter.");
        }
    }

    private static bool IsSameCount(Meter meter, MeterDetails details) =>
        meter.EventType == details.EventType
        && meter.EventTypes.SequenceEqual(details.EventTypes)
        && meter.Aggregation == details.Aggregation
        && meter.ValueProperty == details.Value
        && meter.GroupBy.SequenceEqual(details.GroupBy, StringComparer.Ordinal)
        && meter.Filter.Count == details.Filter.Count
        && meter.Filter.All(rule => details.Filter.TryGetValue(rule.Key, out var values) && rule.Value.SequenceEqual(values, StringComparer.Ordinal));

    private static bool MatchesOn(RateCard card, string meter, HashSet<string> properties) =>
        card.Versions.Select(version => version.Content).Append(card.Draft).OfType<RateCardContent>()
            .SelectMany(content => content.Prices)
            .Any(price => price.Meter == meter && price.Match.Keys.Any(properties.Contains));

    private static Meter New(string key, MeterDetails details, DateTimeOffset now) => new()
    {
        Key = key,
        Name = details.Name,
        EventType = details.EventType,
        Aggregation = details.Aggregation,
        GroupBy = [],
        Filter = [],
        Unit = details.Unit,
        CreatedAt = now,
    };

    private static void Apply(MeterDetails details, Meter meter)
    {
        meter.Name = details.Name;
        meter.EventType = details.EventType;
        meter.EventTypes = [.. details.EventTypes];
        meter.Aggregation = details.Aggregation;
        meter.ValueProperty = details.Value;
        meter.GroupBy = [.. details.GroupBy];
        meter.Filter = details.Filter.ToDictionary(rule => rule.Key, rule => rule.Value.ToArray(), StringComparer.Ordinal);
        meter.Unit = details.Unit;
        meter.UnitCosts = [.. details.UnitCosts];
    }
}
