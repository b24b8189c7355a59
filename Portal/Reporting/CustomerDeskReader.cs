using Portal.Accounts;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Payments;
using Portal.Domain.Reporting;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Reporting;

/// <summary>Reads what the operator's people see of a customer, each part from the reader that the customer's own pages ask.</summary>
public sealed class CustomerDeskReader(
    Register register,
    SpendReader spends,
    ForecastReader forecasts,
    AccessBook access,
    SubscriptionReader subscriptions,
    InvoiceReader invoices,
    AlertReader alerts,
    MemberReader members,
    ApiKeyReader keys,
    AuditReader audit,
    BillingGuard guard,
    PaymentReader payments,
    BusinessClock clock)
{
    private const int InvoicesShown = 5;
    private const int AlertsShown = 10;
    private const int MembersMax = 500;
    private const int KeysMax = 500;
    private const int TrailShown = 30;

    /// <summary>Reads it.</summary>
    /// <exception cref="Refusal">NotFound where there is no such customer; Forbidden.</exception>
    public async Task<CustomerDesk> Read(Actor actor, string key, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);
        var state = register.Now;
        var entry = state.Customer(actor, Permission.ReadBilling, key);
        var now = clock.GetUtcNow();
        var spend = await spends.Current(entry, cancellation);
        var mailed = await alerts.List(actor, key, null, AlertsShown, cancellation);
        var team = await members.List(actor, key, Guid.Empty, MembersMax, cancellation);
        var working = await keys.ListForCustomer(actor, key, Guid.Empty, KeysMax, cancellation);
        return new CustomerDesk(
            new CustomerCaller(actor, key, entry.Customer.Name),
            entry,
            CustomerStates.Of(entry, spend, now),
            access.Answer(actor, key, null),
            spend,
            await forecasts.Current(entry, withPath: true, cancellation),
            entry.Subscription is { } subscription ? subscriptions.Stand(entry.Customer, subscription) : null,
            state.Meters,
            state.Card,
            await invoices.List(actor, new InvoiceQuery(key, null, null, Guid.Empty, InvoicesShown), cancellation),
            await invoices.Owed(actor, key, cancellation),
            spend is null ? [] : [.. mailed.Where(alert => alert.PeriodStart == spend.Period.Start)],
            [.. team.OrderBy(member => member.Role).ThenBy(member => member.User.Email, StringComparer.OrdinalIgnoreCase)],
            [.. working.Where(candidate => candidate.RevokedAt is null)],
            await audit.Trail(actor, key, null, TrailShown, cancellation),
            await guard.Find(actor, key, cancellation),
            now)
        {
            Methods = await payments.Methods(actor, key, cancellation),
        };
    }
}
