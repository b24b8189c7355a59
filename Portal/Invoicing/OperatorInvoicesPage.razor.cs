using Microsoft.AspNetCore.Components;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>The invoices of all customers; what is chosen of them is issued, withdrawn or sent again at once.</summary>
public partial class OperatorInvoicesPage
{
    private const int PageSize = 50;
    private const int ChosenMax = 10_000;
    private const string List = "admin/invoices";

    private string _customer = "";
    private string? _shown;
    private HashSet<Guid> _chosen = [];
    private bool _hasActed;
    private string? _problem;

    /// <summary>Only this customer's, by its key.</summary>
    [SupplyParameterFromQuery]
    public string? Customer { get; set; }

    /// <summary>Only those that stand there; <c>overdue</c> for those that should have been paid.</summary>
    [SupplyParameterFromQuery]
    public string? Status { get; set; }

    /// <summary>Only those of a kind.</summary>
    [SupplyParameterFromQuery]
    public string? Kind { get; set; }

    /// <summary>The last invoice of the page before.</summary>
    [SupplyParameterFromQuery]
    public Guid After { get; set; }

    [Inject]
    private InvoiceReader Reader { get; set; } = null!;

    [Inject]
    private BusinessClock Clock { get; set; } = null!;

    private bool IsFiltered => (Customer, Status, Kind, After) != (null, null, null, default);

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        if (_shown != Customer)
        {
            (_shown, _customer) = (Customer, Customer ?? "");
        }

        await base.OnParametersSetAsync();
    }

    /// <inheritdoc />
    protected override async Task<Invoices> Read(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ReadCustomers);

        // One more than is shown tells whether there are older ones.
        var rows = await Reader.List(actor, InvoiceWords.Query(Customer, Status, Kind, After, PageSize + 1), cancellation);
        return new Invoices([.. rows.Take(PageSize)], rows.Count > PageSize ? rows[PageSize - 1].Id : null, Clock.GetUtcNow(), actor.May(Permission.ManageInvoices));
    }

    private void Choose(Guid id)
    {
        if (!_chosen.Remove(id))
        {
            _chosen.Add(id);
        }

        Changed();
    }

    private void ChoosePage()
    {
        _chosen.UnionWith(View!.Rows.Select(invoice => invoice.Id));
        Changed();
    }

    private async Task ChooseAll()
    {
        var all = await Reader.Rows(await Caller.AsOperator(Leaving), InvoiceWords.Query(Customer, Status, Kind, default, ChosenMax + 1), Leaving);
        _problem = all.Count > ChosenMax ? $"These are more than {Wording.Quantity(ChosenMax)}: narrow the list first." : null;
        _chosen = _problem is null ? [.. all.Select(row => row.Id)] : _chosen;
        _hasActed = false;
    }

    private void Clear()
    {
        _chosen = [];
        (_hasActed, _problem) = (false, null);
    }

    // The card is told of another choice by another set.
    private void Changed() => (_chosen, _hasActed, _problem) = ([.. _chosen], false, null);

    // What was done stays on the screen, and is not chosen for a second time.
    private async Task Acted()
    {
        (_chosen, _hasActed) = ([], true);
        await Retry();
    }

    private void Find() => Go(_customer, Status, Kind);

    private void Go(string? customer, string? status, string? kind) => Navigation.NavigateTo(InvoiceWords.Address(List, customer, status, kind));

    /// <summary>What the page shows.</summary>
    /// <param name="Rows">The invoices, newest first.</param>
    /// <param name="Next">The last of them, where there are older ones.</param>
    /// <param name="Now">When this was read, in business time.</param>
    /// <param name="MayAct">Whether the person may issue and withdraw.</param>
    public sealed record Invoices(IReadOnlyList<Invoice> Rows, Guid? Next, DateTimeOffset Now, bool MayAct);
}
