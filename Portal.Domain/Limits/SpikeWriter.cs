using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Limits;

/// <summary>What people do about spikes: set the rule, resume by the link of the mail, say that it was none.</summary>
public sealed class SpikeWriter(IDbContextFactory<PortalDb> databases, Register register, PauseWriter pauses, BusinessClock clock)
{
    private const decimal PercentMax = 1_000_000;

    /// <summary>Sets a customer's rule.</summary>
    /// <returns>The rule as it stands now.</returns>
    /// <exception cref="InvalidInputException">Where a field makes no sense.</exception>
    /// <exception cref="Refusal">NotFound or Forbidden by the gate.</exception>
    public async Task<SpikeRule> SetRule(Actor actor, string customerKey, SpikeRule rule, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageLimits, customerKey).Customer;
        Check(rule).ThrowIfAny();
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        await db.Database.ExecuteSqlAsync($"SELECT id FROM customers WHERE id = {customer.Id} FOR NO KEY UPDATE", cancellation);
        var setting = await db.SpikeSettings.SingleOrDefaultAsync(known => known.CustomerId == customer.Id, cancellation);
        var before = setting?.Rule ?? SpikeRule.Default;
        if (setting is null)
        {
            db.SpikeSettings.Add(new SpikeSetting { CustomerId = customer.Id, Percent = rule.Percent, Floor = rule.Floor, On = rule.On });
        }
        else
        {
            (setting.Percent, setting.Floor, setting.On) = (rule.Percent, rule.Floor, rule.On);
        }

        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), customer.Id, "spike_rule.set", customer.Key, $"{Words(before)} → {Words(rule)}"));
        await register.Save(db, () => RegisterChange.Of(customer), cancellation);
        return rule;
    }

    /// <summary>What makes no sense about a rule, by field.</summary>
    public static FieldErrors Check(SpikeRule rule)
    {
        var errors = new FieldErrors();
        if (rule.Percent is <= 0 or > PercentMax)
        {
            errors.Add("percent", $"The increase is above 0 and at most {DecimalText.Format(PercentMax)} percent; 300 means four times what is usual.");
        }

        if (rule.Floor < 0)
        {
            errors.Add("floor", "The floor is 0 or more, an hour, in the customer's currency.");
        }

        return errors;
    }

    /// <summary>What the link of a spike's mail is about; null where there is no such link.</summary>
    public async Task<SpikeLink?> Link(string token, CancellationToken cancellation)
    {
        var hash = ApiKey.HashOf(token);
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Spikes.AsNoTracking().SingleOrDefaultAsync(spike => spike.LinkHash == hash, cancellation) is { } spike
            ? new SpikeLink(spike, register.Now.ById[spike.CustomerId].Customer, spike.FoundAt + Spike.LinkTime <= clock.GetUtcNow())
            : null;
    }

    /// <summary>Resumes by the link of a spike's mail, once.</summary>
    /// <returns>The link as it stands after that; null where there is no such link. It did nothing where it was used or has expired.</returns>
    public async Task<SpikeLink?> Resume(string token, CancellationToken cancellation)
    {
        if (await Link(token, cancellation) is not { IsUsable: true } link)
        {
            return await Link(token, cancellation);
        }

        var reader = Actor.OfMember("the link in the mail", link.Customer.Id, MemberRole.Owner);
        await pauses.ResumeSpike(reader, link.Customer.Key, cancellation);
        return await Link(token, cancellation);
    }

    /// <summary>Says that a spike was none, or takes that back. It changes no rule: the spikes page shows how often a rule was wrong.</summary>
    /// <exception cref="Refusal">NotFound where there is no such spike, or it is not the caller's; Forbidden.</exception>
    public async Task MarkFalse(Actor actor, long id, bool isFalse, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var spike = await db.Spikes.SingleOrDefaultAsync(known => known.Id == id, cancellation) ?? throw Refusal.NotFound("spike", DecimalText.Format(id));
        var customer = register.Now.ById[spike.CustomerId].Customer;
        actor.Require(Permission.ManageLimits, customer);
        spike.FalsePositiveBy = isFalse ? actor.Name : null;
        db.AuditEntries.Add(AuditEntry.Of(actor, clock.GetUtcNow(), customer.Id, isFalse ? "spike.marked_false" : "spike.marked_true", customer.Key, $"Found at {spike.FoundAt:yyyy-MM-dd'T'HH:mm:ss'Z'}"));
        await db.SaveChangesAsync(cancellation);
    }

    private static string Words(SpikeRule rule) =>
        $"above {DecimalText.Format(100 + rule.Percent)} % of what is usual and {DecimalText.Format(rule.Floor)} an hour, {(rule.On ? "on" : "off")}";
}

/// <summary>The link of a spike's mail.</summary>
/// <param name="Spike">The spike.</param>
/// <param name="Customer">The customer that it paused.</param>
/// <param name="IsOld">Whether its time is over.</param>
public sealed record SpikeLink(Spike Spike, Customer Customer, bool IsOld)
{
    /// <summary>Whether it still resumes.</summary>
    public bool IsUsable => Spike.ResumedAt is null && !IsOld;
}
