using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>A card processor for trial: it has tables of its own, answers like a real one, sends messages afterwards, and fails when asked to. It moves no money.</summary>
public sealed class SandboxGateway(IDbContextFactory<PortalDb> databases, SandboxFaults faults, BusinessClock clock) : IPaymentGateway
{
    private const int TimesDuplicated = 5;
    private const int YearsValid = 3;
    private static readonly TimeSpan s_late = TimeSpan.FromDays(3);

    private static readonly Dictionary<string, SandboxCardKind> s_cards = new(StringComparer.Ordinal)
    {
        ["4242424242424242"] = SandboxCardKind.Succeeds,
        ["4000000000000002"] = SandboxCardKind.Declined,
        ["4000000000009995"] = SandboxCardKind.InsufficientFunds,
        ["4000000000003220"] = SandboxCardKind.NeedsAuthentication,
        ["4000000000000341"] = SandboxCardKind.SecondAttempt,
    };

    /// <summary>The numbers of the trial cards and how each answers, the good one first.</summary>
    public static IReadOnlyDictionary<string, SandboxCardKind> Cards => s_cards;

    /// <inheritdoc />
    public string Name => "sandbox";

    /// <inheritdoc />
    public async Task<SavedCard> Save(string number, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(number);
        var digits = number.Replace(" ", "", StringComparison.Ordinal);
        if (!s_cards.TryGetValue(digits, out var kind))
        {
            // What was sent is not repeated: it may be the number of a real card.
            throw InvalidInputException.At("card", $"The sandbox takes its trial cards only, never a real one: {string.Join(", ", s_cards.Keys)}.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var card = new SandboxCard { Token = $"card_{Guid.CreateVersion7():N}", Kind = kind };
        db.Add(card);
        await db.SaveChangesAsync(cancellation);
        var now = clock.GetUtcNow();
        return new SavedCard(card.Token, "Visa", digits[^4..], now.Month, now.Year + YearsValid);
    }

    /// <inheritdoc />
    public async Task<ChargeOutcome> Charge(ChargeOrder order, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (faults.Take(SandboxFault.ServerError))
        {
            throw new GatewayException("The card processor answered 500.");
        }

        var outcome = await Find(order.Key, order.Token, cancellation) ?? await Make(order, cancellation);
        return faults.Take(SandboxFault.TimeoutAfterCharge)
            ? throw new GatewayException("The card processor did not answer in time.")
            : outcome;
    }

    /// <inheritdoc />
    public async Task<ChargeOutcome?> Find(string key, string token, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Set<SandboxCharge>().Where(charge => charge.Key == key)
            .Select(charge => new ChargeOutcome(charge.Id, charge.Reason)).SingleOrDefaultAsync(cancellation);
    }

    /// <inheritdoc />
    public async Task<IReadOnlyList<GatewayCharge>> Charges(DateTimeOffset since, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Set<SandboxCharge>().Where(charge => charge.Succeeded && charge.CreatedAt >= since).OrderBy(charge => charge.CreatedAt)
            .Select(charge => new GatewayCharge(charge.Id, charge.Key, charge.Reference, charge.Amount, charge.Currency, charge.CreatedAt)).ToListAsync(cancellation);
    }

    /// <inheritdoc />
    public async Task<RefundOutcome> Refund(RefundOrder order, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(order);
        if (faults.Take(SandboxFault.ServerError))
        {
            throw new GatewayException("The card processor answered 500.");
        }

        var outcome = await FindRefund(order, cancellation) ?? await GiveBack(order, cancellation);
        return faults.Take(SandboxFault.TimeoutAfterCharge)
            ? throw new GatewayException("The card processor did not answer in time.")
            : outcome;
    }

    /// <inheritdoc />
    public async Task<RefundOutcome?> FindRefund(RefundOrder order, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.Set<SandboxRefund>().Where(refund => refund.Key == order.Key)
            .Select(refund => new RefundOutcome(refund.Id, refund.Reason)).SingleOrDefaultAsync(cancellation);
    }

    private async Task<RefundOutcome> GiveBack(RefundOrder order, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);

        // The charge's lock: two refunds of it never give back more than it took.
        var charge = (await db.Set<SandboxCharge>().FromSql($"SELECT * FROM sandbox_charges WHERE id = {order.ChargeId} FOR UPDATE").ToListAsync(cancellation)).SingleOrDefault();
        if (await FindRefund(order, cancellation) is { } made)
        {
            return made;
        }

        var before = await db.Set<SandboxRefund>().Where(refund => refund.ChargeId == order.ChargeId && refund.Reason == null).SumAsync(refund => refund.Amount, cancellation);
        var refund = new SandboxRefund
        {
            Id = $"re_{Guid.CreateVersion7():N}",
            Key = order.Key,
            ChargeId = order.ChargeId,
            Amount = order.Amount,
            Reason = charge is not { Succeeded: true } ? "charge_not_found" : before + order.Amount > charge.Amount ? "charge_refunded" : null,
            CreatedAt = clock.GetUtcNow(),
        };
        db.Add(refund);
        db.AddRange(Messages(refund.Key, refund.CreatedAt, "refund.created", refund.Reason is null ? "refund.succeeded" : "refund.failed"));
        try
        {
            await db.SaveChangesAsync(cancellation);
            await transaction.CommitAsync(cancellation);
        }
        catch (DbUpdateException failure) when (failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            return (await FindRefund(order, cancellation))!;
        }

        return new RefundOutcome(refund.Id, refund.Reason);
    }

    private async Task<ChargeOutcome> Make(ChargeOrder order, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var card = await db.Set<SandboxCard>().SingleAsync(known => known.Token == order.Token, cancellation);
        var before = await db.Set<SandboxCharge>().CountAsync(charge => charge.Token == order.Token && charge.Reference == order.Reference, cancellation);
        var reason = Reason(card.Kind, before + 1);
        var charge = new SandboxCharge
        {
            Id = $"ch_{Guid.CreateVersion7():N}",
            Key = order.Key,
            Token = order.Token,
            Reference = order.Reference,
            Amount = order.Amount,
            Currency = order.Currency,
            Succeeded = reason is null,
            Reason = reason,
            CreatedAt = clock.GetUtcNow(),
        };
        db.Add(charge);
        db.AddRange(Messages(charge.Key, charge.CreatedAt, "charge.created", charge.Succeeded ? "charge.succeeded" : "charge.failed"));
        try
        {
            await db.SaveChangesAsync(cancellation);
        }
        catch (DbUpdateException failure) when (failure.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation })
        {
            // Two asked under one key at once: the other one's charge is the charge.
            return (await Find(order.Key, order.Token, cancellation))!;
        }

        return new ChargeOutcome(charge.Id, reason);
    }

    private List<SandboxWebhook> Messages(string key, DateTimeOffset createdAt, params string[] types)
    {
        var at = faults.Take(SandboxFault.WebhooksLate) ? createdAt + s_late : createdAt;
        var times = faults.Take(SandboxFault.WebhooksDuplicated) ? TimesDuplicated : 1;
        if (faults.Take(SandboxFault.WebhooksReordered))
        {
            Array.Reverse(types);
        }

        return
        [
            .. types.Select((type, n) => new SandboxWebhook
            {
                Id = $"evt_{Guid.CreateVersion7():N}",
                Sequence = n,
                Type = type,
                ChargeKey = key,
                DeliverAt = at,
                Times = times,
            }),
        ];
    }

    private static string? Reason(SandboxCardKind kind, int attempt) => kind switch
    {
        SandboxCardKind.Succeeds => null,
        SandboxCardKind.Declined => "card_declined",
        SandboxCardKind.InsufficientFunds => "insufficient_funds",
        SandboxCardKind.NeedsAuthentication => "authentication_required",
        SandboxCardKind.SecondAttempt => attempt == 2 ? null : "card_declined",
    };
}
