using Microsoft.EntityFrameworkCore;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>Sends a customer to the gateway's own page to type its card there, and takes over the card that it saved.</summary>
public sealed class CardPageWriter(
    IDbContextFactory<PortalDb> databases, Register register, IPaymentGateway gateway, MethodWriter methods, PortalLinks links, BusinessClock clock)
{
    /// <summary>Whether cards are typed on a page of the gateway's own.</summary>
    public bool HasPage => gateway is ICardPage;

    /// <summary>Opens a page for a customer.</summary>
    /// <param name="actor">Who asks.</param>
    /// <param name="customerKey">Whose card.</param>
    /// <param name="use">What the card is to be for.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>Its address, which is good for a day.</returns>
    /// <exception cref="Refusal">NotFound; Forbidden; Conflict where the gateway has no page; Unavailable where it does not answer.</exception>
    public async Task<Uri> Open(Actor actor, string customerKey, MethodUse use, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        if (gateway is not ICardPage page)
        {
            throw Refusal.Conflict("no_hosted_page", $"Cards are not saved on a page of a card processor here. PUT /v1/customers/{customerKey}/payment-method saves one.");
        }

        await using var db = await databases.CreateDbContextAsync(cancellation);
        var account = await db.CardSessions.Where(session => session.CustomerId == customer.Id && session.Gateway == gateway.Name)
            .OrderBy(session => session.OpenedAt).Select(session => session.Account).FirstOrDefaultAsync(cancellation);
        var opened = await Asked(() => page.Open(new CardPageOrder(account, customer.Key, customer.Name, customer.Email, links.Payment(customer.Key)), cancellation));
        db.CardSessions.Add(new CardSession
        {
            Id = opened.Id,
            Gateway = gateway.Name,
            CustomerId = customer.Id,
            Account = opened.Account,
            Use = use,
            OpenedAt = clock.GetUtcNow(),
            OpenedBy = actor.Name,
        });
        await db.SaveChangesAsync(cancellation);
        return opened.Url;
    }

    /// <summary>Takes over the card that a customer has saved on a page that was opened for it. Twice is as good as once.</summary>
    /// <returns>The card; null where none was saved on that page, or a later one has taken its place.</returns>
    /// <exception cref="Refusal">NotFound; Forbidden; Unavailable where the gateway does not answer.</exception>
    public async Task<PaymentMethod?> Finish(Actor actor, string customerKey, string session, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.ManageBilling, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        return await db.CardSessions.AnyAsync(known => known.Id == session && known.CustomerId == customer.Id, cancellation)
            ? await Asked(() => Finish(session, cancellation))
            : throw Refusal.NotFound("page", session);
    }

    /// <summary>The same for whoever was told by the gateway.</summary>
    /// <exception cref="GatewayException">Where the gateway does not answer.</exception>
    internal async Task<PaymentMethod?> Finish(string session, CancellationToken cancellation)
    {
        await using var db = await databases.CreateDbContextAsync(cancellation);
        var opened = await db.CardSessions.SingleOrDefaultAsync(known => known.Id == session, cancellation);
        if (opened is not { FinishedAt: null } || await ((ICardPage)gateway).Read(session, cancellation) is not { } card)
        {
            return null;
        }

        // Told of late, after a card of a later page: that one stays.
        var isOvertaken = await db.CardSessions.AnyAsync(
            later => later.CustomerId == opened.CustomerId && later.Use == opened.Use && later.OpenedAt > opened.OpenedAt && later.FinishedAt != null, cancellation);
        var method = isOvertaken ? null : await methods.Keep(Actor.System, register.Now.ById[opened.CustomerId].Customer, gateway.Name, card, opened.Use, cancellation);
        opened.FinishedAt = clock.GetUtcNow();
        await db.SaveChangesAsync(cancellation);
        return method;
    }

    private static async Task<T> Asked<T>(Func<Task<T>> question)
    {
        try
        {
            return await question();
        }
        catch (GatewayException failure)
        {
            throw new Refusal(RefusalKind.Unavailable, "gateway_away", $"The card processor cannot be reached at the moment, and nothing was changed. Try again in a minute. ({failure.Message})");
        }
    }
}
