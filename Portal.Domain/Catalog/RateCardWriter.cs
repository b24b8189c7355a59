using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Catalog;

/// <summary>Saves drafts of rate cards and publishes them as versions, which never change.</summary>
public sealed class RateCardWriter(IDbContextFactory<PortalDb> databases, Register register, BusinessClock clock)
{
    /// <summary>Creates the card of this key with a draft, or replaces its draft. Nobody is billed by a draft.</summary>
    /// <returns>The card, and whether it is new.</returns>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    public Task<(RateCard Card, bool IsNew)> Put(Actor actor, string key, RateCardContent content, CancellationToken cancellation) =>
        Put(actor, key, content, seen: null, cancellation);

    /// <summary>Replaces the draft of a card that somebody has looked at, unless it was changed since.</summary>
    /// <param name="actor">Who changes it.</param>
    /// <param name="key">The card's key.</param>
    /// <param name="content">The new draft.</param>
    /// <param name="seen">The <see cref="RateCard.Revision"/> that was looked at; null replaces whatever is there.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">Conflict where the card was changed since.</exception>
    public async Task<(RateCard Card, bool IsNew)> Put(Actor actor, string key, RateCardContent content, string? seen, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageCatalog);
        if (!Identifier.IsValid(key))
        {
            throw InvalidInputException.At("key", Identifier.Rule);
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var now = clock.GetUtcNow();
        var card = await db.RateCards.Include(candidate => candidate.Versions).SingleOrDefaultAsync(candidate => candidate.Key == key, cancellation);
        await MustBeUnchanged(db, card, seen, now, cancellation);
        var errors = new FieldErrors();
        content.Check(register.Now.Meter, errors);
        CheckAgainstVersions(card, content, errors);
        errors.ThrowIfAny();

        var isNew = card is null;
        if (card is null)
        {
            card = new RateCard { Key = key };
            db.RateCards.Add(card);
        }

        card.Draft = content;
        card.DraftSavedAt = now;
        db.AuditEntries.Add(AuditEntry.Of(actor, now, null, isNew ? "rate_card.created" : "rate_card.draft_saved", key, JsonSerializer.Serialize(content, JsonColumns.Options)));
        await register.Save(db, () => RegisterChange.Catalog, cancellation);
        return (card, isNew);
    }

    /// <summary>Freezes the draft as the next version.</summary>
    /// <param name="actor">Who publishes.</param>
    /// <param name="key">The card's key.</param>
    /// <param name="effectiveFrom">From when it is in force; null for now.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <exception cref="InvalidInputException">Where a field makes no sense, two prices are tied, or the instant has passed.</exception>
    /// <exception cref="Refusal">NotFound without such a card, Conflict without a draft.</exception>
    public Task<RateCardVersion> Publish(Actor actor, string key, DateTimeOffset? effectiveFrom, CancellationToken cancellation) =>
        Publish(actor, key, effectiveFrom, seen: null, cancellation);

    /// <summary>Freezes the draft that somebody has looked at, unless it was changed since.</summary>
    /// <param name="actor">Who publishes.</param>
    /// <param name="key">The card's key.</param>
    /// <param name="effectiveFrom">From when it is in force; null for now.</param>
    /// <param name="seen">The <see cref="RateCard.Revision"/> that was looked at; null publishes whatever is there.</param>
    /// <param name="cancellation">Gives up before the commit.</param>
    /// <exception cref="InvalidInputException">Where a field makes no sense, two prices are tied, or the instant has passed.</exception>
    /// <exception cref="Refusal">NotFound without such a card, Conflict without a draft, or where it was changed since.</exception>
    public async Task<RateCardVersion> Publish(Actor actor, string key, DateTimeOffset? effectiveFrom, string? seen, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageCatalog);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var card = await db.RateCards.Include(candidate => candidate.Versions).SingleOrDefaultAsync(candidate => candidate.Key == key, cancellation)
            ?? throw Refusal.NotFound("rate card", key);
        await MustBeUnchanged(db, card, seen, clock.GetUtcNow(), cancellation);
        if (card.Draft is not { } draft)
        {
            throw Refusal.Conflict("no_draft", $"Nothing has changed on rate card '{key}' since its last version. PUT /v1/rate-cards/{key} saves a draft to publish.");
        }

        var now = clock.GetUtcNow();
        var newest = card.Versions.MaxBy(version => version.Number);
        var errors = new FieldErrors();
        draft.Check(register.Now.Meter, errors);
        PriceCheck.Ties(draft.PricesWithPaths(), errors);
        CheckEffectiveFrom(effectiveFrom ?? now, now, newest, errors);
        errors.ThrowIfAny();

        var version = new RateCardVersion
        {
            RateCardId = card.Id,
            Number = (newest?.Number ?? 0) + 1,
            EffectiveFrom = effectiveFrom ?? now,
            Content = draft,
            PublishedAt = now,
            PublishedBy = actor.Name,
        };
        card.Versions.Add(version);
        card.Draft = null;
        card.DraftSavedAt = null;
        db.AuditEntries.Add(AuditEntry.Of(actor, now, null, "rate_card.published", key,
            string.Create(CultureInfo.InvariantCulture, $"Version {version.Number}, effective from {version.EffectiveFrom:yyyy-MM-dd'T'HH:mm:ss'Z'}")));
        await register.Save(db, () => RegisterChange.Catalog, cancellation);
        return version;
    }

    /// <summary>Takes a card off the shelf, or puts it back. No new subscription may take a retired card; whoever is on it stays, and its versions go on.</summary>
    /// <returns>The card.</returns>
    /// <exception cref="Refusal">NotFound without such a card.</exception>
    public async Task<RateCard> Retire(Actor actor, string key, bool isRetired, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageCatalog);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var card = await db.RateCards.Include(candidate => candidate.Versions).SingleOrDefaultAsync(candidate => candidate.Key == key, cancellation)
            ?? throw Refusal.NotFound("rate card", key);
        if (isRetired != card.RetiredAt is not null)
        {
            var now = clock.GetUtcNow();
            card.RetiredAt = isRetired ? now : null;
            db.AuditEntries.Add(AuditEntry.Of(actor, now, null, isRetired ? "rate_card.retired" : "rate_card.offered_again", key));
            await register.Save(db, () => RegisterChange.Catalog, cancellation);
        }

        return card;
    }

    private static async Task MustBeUnchanged(PortalDb db, RateCard? card, string? seen, DateTimeOffset now, CancellationToken cancellation)
    {
        if (card is not null && seen is not null && card.Revision != seen)
        {
            var last = await db.AuditEntries.AsNoTracking().Where(entry => entry.CustomerId == null && entry.Subject == card.Key && entry.Action.StartsWith("rate_card."))
                .OrderByDescending(entry => entry.Id).FirstOrDefaultAsync(cancellation);
            throw Refusal.Conflict("changed_meanwhile",
                $"Changed by {last?.Actor ?? "somebody else"} {Ago(now - (last?.At ?? now))}, after you opened it. Load it again to see what is there now, or overwrite it.");
        }
    }

    private static string Ago(TimeSpan passed)
    {
        var (count, unit) = passed switch
        {
            { TotalSeconds: < 120 } => ((int)passed.TotalSeconds, "s"),
            { TotalMinutes: < 120 } => ((int)passed.TotalMinutes, "minutes"),
            { TotalHours: < 48 } => ((int)passed.TotalHours, "hours"),
            _ => ((int)passed.TotalDays, "days"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{count} {unit} ago");
    }

    // Subscriptions follow a card's versions: none may change what a period is or what its money means.
    private static void CheckAgainstVersions(RateCard? card, RateCardContent content, FieldErrors errors)
    {
        if (card?.Versions.FirstOrDefault() is not { } published)
        {
            return;
        }

        if (published.Content.Currency != content.Currency)
        {
            errors.Add("currency", $"This card is published in {published.Content.Currency}: create another card for {content.Currency}.");
        }

        if (published.Content.Interval != content.Interval)
        {
            errors.Add("interval", "This card is published with another interval: create another card.");
        }
    }

    // The first version covers all time before it anyway; a later one must not change what has been used already.
    private static void CheckEffectiveFrom(DateTimeOffset effectiveFrom, DateTimeOffset now, RateCardVersion? newest, FieldErrors errors)
    {
        if (newest is null)
        {
            return;
        }

        if (effectiveFrom < now)
        {
            errors.Add("effectiveFrom", "This instant has passed: a version cannot change the price of what has been used. Leave it out for now.");
        }
        else if (effectiveFrom < newest.EffectiveFrom)
        {
            errors.Add("effectiveFrom", string.Create(CultureInfo.InvariantCulture,
                $"Version {newest.Number} takes effect at {newest.EffectiveFrom:yyyy-MM-dd'T'HH:mm:ss'Z'}: a later version cannot take effect before it."));
        }
    }
}
