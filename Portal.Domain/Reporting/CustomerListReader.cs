using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Limits;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Reporting;

/// <summary>Lists customers with what their running periods come to, from memory: the figures that access, alerts and open pages were last told.</summary>
public sealed class CustomerListReader(Register register, AccessBook access, BusinessClock clock)
{
    /// <summary>A page of the customers that match, by name.</summary>
    /// <exception cref="Refusal">Forbidden by the gate.</exception>
    public CustomerList List(Actor actor, CustomerQuery query)
    {
        ArgumentNullException.ThrowIfNull(query);
        actor.Require(Permission.ReadCustomers);
        var all = Rows();
        var found = all.Where(row => query.Matches(row)).OrderBy(row => row.Entry.Customer.Name, StringComparer.OrdinalIgnoreCase).ToList();
        return new CustomerList([.. found.Skip(query.Skip).Take(query.Take)], found.Count, Counts(all));
    }

    /// <summary>Every customer with what its running period comes to, in no order.</summary>
    internal IReadOnlyList<CustomerRow> Rows()
    {
        var (state, now) = (register.Now, clock.GetUtcNow());
        return [.. state.ById.Values.Select(entry =>
        {
            var spend = access.Known(entry.Customer.Id) is { } known && known.Period.Contains(now) ? known : null;
            return new CustomerRow(entry, spend, CustomerStates.Of(entry, spend, now));
        })];
    }

    internal static Dictionary<CustomerState, int> Counts(IEnumerable<CustomerRow> rows) => rows.CountBy(row => row.State).ToDictionary();
}

/// <summary>Which customers are asked for.</summary>
/// <param name="Search">Part of a name, a key or an e-mail address; empty for all.</param>
/// <param name="State">Only those that stand like this; null for all.</param>
/// <param name="Skip">How many are left out at the beginning.</param>
/// <param name="Take">The most rows.</param>
public sealed record CustomerQuery(string Search, CustomerState? State, int Skip, int Take)
{
    internal bool Matches(CustomerRow row)
    {
        var customer = row.Entry.Customer;
        return (State is null || row.State == State)
            && (Search.Length == 0
                || customer.Name.Contains(Search, StringComparison.OrdinalIgnoreCase)
                || customer.Key.Contains(Search, StringComparison.OrdinalIgnoreCase)
                || customer.Email.Contains(Search, StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>A page of customers.</summary>
/// <param name="Rows">The rows.</param>
/// <param name="Found">How many match in all.</param>
/// <param name="ByState">How many stand how, of all that there are.</param>
public sealed record CustomerList(IReadOnlyList<CustomerRow> Rows, int Found, IReadOnlyDictionary<CustomerState, int> ByState)
{
    /// <summary>How many there are in all.</summary>
    public int All => ByState.Values.Sum();
}

/// <summary>A customer of the list.</summary>
/// <param name="Entry">The customer with its subscription, cap and pauses.</param>
/// <param name="Spend">Its running period; null where none runs, or it was not read yet.</param>
/// <param name="State">How it stands.</param>
public sealed record CustomerRow(CustomerEntry Entry, Spend? Spend, CustomerState State);
