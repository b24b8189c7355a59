using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;

namespace Portal.Domain.Credits;

/// <summary>Takes back credits that were bought and not used, with the credit note that gives their money back.</summary>
public static class CreditReturn
{
    /// <summary>Why a customer's rule stopped: it would buy again at once what has just been given back.</summary>
    public const string RuleStopped = "credits_taken_back";

    /// <summary>Takes them. The note has its entry in the books already: what was owed to the customer in credits is owed in money.</summary>
    /// <param name="db">A transaction that holds the grant's row. The caller saves.</param>
    /// <param name="sold">What was bought; as much as the note says is left of it.</param>
    /// <param name="note">The credit note, issued.</param>
    /// <param name="now">Business time.</param>
    /// <param name="cancellation">Gives up; nothing is stored then.</param>
    internal static async Task Take(PortalDb db, CreditGrant sold, Invoice note, DateTimeOffset now, CancellationToken cancellation)
    {
        var amount = -note.Subtotal;
        sold.Left -= amount;
        db.CreditMoves.Add(new CreditMove
        {
            GrantId = sold.Id, CustomerId = sold.CustomerId, Kind = CreditMoveKind.TakenBack, Amount = amount, Invoice = note.Number, At = now,
        });
        if (await db.AutoTopups.SingleOrDefaultAsync(rule => rule.CustomerId == sold.CustomerId && rule.PausedAt == null, cancellation) is { } rule)
        {
            (rule.PausedAt, rule.PausedFor) = (now, RuleStopped);
            db.AuditEntries.Add(AuditEntry.Of(Actor.System, now, sold.CustomerId, "auto_topup.stopped", note.Customer.Key, $"{note.Number} took back credits that were bought."));
        }
    }
}
