using Microsoft.AspNetCore.Components;
using Portal.Domain.Invoicing;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>The invoices of a preview; what somebody has to look at stands first.</summary>
public partial class ComingInvoicesTable
{
    private const int PageSize = 50;
    private const string Grown = "grown";
    private const decimal GrownPercent = 50;

    private Column _by = Column.Attention;
    private bool _isDescending = true;
    private string _search = "";
    private int _page;

    /// <summary>What was previewed.</summary>
    [Parameter, EditorRequired]
    public BillingPreview Preview { get; set; } = null!;

    /// <summary>Only invoices in a state, as it stands in the address; nothing for all.</summary>
    [Parameter]
    public string? State { get; set; }

    /// <summary>Raised by a choice of state.</summary>
    [Parameter]
    public EventCallback<string> StateChanged { get; set; }

    private enum Column
    {
        Attention,
        Name,
        Issues,
        Net,
        Total,
        Change,
    }

    private static bool HasGrown(ComingInvoice coming) => coming.ChangePercent > GrownPercent || coming is { ChangePercent: null, Change.Minor: > 0 };

    private static string What(ComingInvoice coming) => coming is { Kind: { } kind, Period: { } period }
        ? $"{(kind is InvoiceKind.Period ? "" : $"{(kind is InvoiceKind.OneOff ? "Fees in advance" : InvoiceWords.Word(kind))} · ")}{Wording.Days(period, coming.Customer.TimeZone)}"
        : coming.Customer.Key;

    private List<ComingInvoice> Found()
    {
        var words = _search.Trim();
        var found = Preview.Invoices.Where(coming =>
            (string.IsNullOrEmpty(State) || (State == Grown ? HasGrown(coming) : ComingWords.Slug(coming.State) == State))
            && (coming.Customer.Name.Contains(words, StringComparison.CurrentCultureIgnoreCase) || coming.Customer.Key.Contains(words, StringComparison.OrdinalIgnoreCase)));
        return [.. _by switch
        {
            Column.Attention => found.OrderBy(coming => ComingWords.States.IndexOf(Rank(coming))).ThenByDescending(coming => Math.Abs(coming.Change?.Amount ?? coming.Net.Amount)),
            Column.Name => Order(found, coming => coming.Customer.Name.ToUpperInvariant()),
            Column.Issues => Order(found, coming => coming.IssuesAt),
            Column.Net => Order(found, coming => coming.Net.Amount),
            Column.Total => Order(found, coming => coming.Total.Amount),
            Column.Change => Order(found, coming => coming.Change?.Amount),
        }];
    }

    // What goes by itself is in one order, whatever it waits for.
    private static ComingState Rank(ComingInvoice coming) => coming.IsIssued ? ComingState.Due : coming.State;

    private IEnumerable<ComingInvoice> Order<TKey>(IEnumerable<ComingInvoice> found, Func<ComingInvoice, TKey> by) =>
        _isDescending ? found.OrderByDescending(by) : found.OrderBy(by);

    private void Sort(Column column)
    {
        (_isDescending, _by) = (_by == column ? !_isDescending : column is not (Column.Name or Column.Issues), column);
        _page = 0;
    }

    private Task Choose(string state)
    {
        _page = 0;
        return StateChanged.InvokeAsync(state);
    }

    private void Show(Action change)
    {
        change();
        _page = 0;
    }
}
