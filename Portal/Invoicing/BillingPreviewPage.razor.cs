using Microsoft.AspNetCore.Components;
using Portal.Domain.Accounts;
using Portal.Domain.Invoicing;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>What billing will do before it does. How far it looks stands in the address; it is worked out while one watches, and can be given up.</summary>
public partial class BillingPreviewPage
{
    private readonly FormState _form = new();
    private readonly WatchedWork _work = new();
    private BillingPreview? _preview;
    private string? _asked;
    private int _customers;
    private int _done;
    private int _all;

    /// <summary>How far it looks ahead, in a word of <see cref="ComingWords.Spans"/>.</summary>
    [SupplyParameterFromQuery]
    public string? Ahead { get; set; }

    /// <summary>Only invoices in a state.</summary>
    [SupplyParameterFromQuery]
    public string? State { get; set; }

    [Inject]
    private BillingPreviewReader Previews { get; set; } = null!;

    [Inject]
    private BusinessClock Clock { get; set; } = null!;

    private int Held => _preview!.Invoices.Count(invoice => invoice.IsHeld);

    private int Failing => _preview!.Invoices.Count(invoice => invoice.State == ComingState.Failing);

    private string Attention => (Held, Failing) switch
    {
        (0, 1) => "1 invoice cannot be made.",
        (0, _) => $"{Wording.Quantity(Failing)} invoices cannot be made.",
        (1, 0) => "1 invoice waits for somebody to look.",
        (_, 0) => $"{Wording.Quantity(Held)} invoices wait for somebody to look.",
        _ => $"{Wording.Quantity(Held, "invoice")} held, {Wording.Quantity(Failing)} that cannot be made.",
    };

    /// <inheritdoc />
    protected override async Task<Desk> Read(Actor actor, CancellationToken cancellation) =>
        new((await Previews.Customers(actor, ComingWords.Until(Ahead, Clock.GetUtcNow()), cancellation)).Count);

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        if (_asked != (Ahead ?? "") && View is not null && RendererInfo.IsInteractive)
        {
            _asked = Ahead ?? "";
            await Look();
        }
    }

    private void Go(string? ahead, string? state) => Navigation.NavigateTo(ComingWords.Address("admin/billing-preview", ahead, state));

    private Task Look() => _work.Run(
        async turn =>
        {
            (_done, _all, _preview) = (0, 0, null);
            var until = ComingWords.Until(Ahead, Clock.GetUtcNow());
            var progress = new Progress<int>(done =>
            {
                _done = Math.Max(done, _done);
                StateHasChanged();
            });
            StateHasChanged();
            await _form.Try(async () =>
            {
                var actor = await Caller.AsOperator(turn);
                var customers = await Previews.Customers(actor, until, turn);
                (_all, _customers) = (customers.Count, customers.Count);
                _preview = await Previews.Read(actor, customers, until, progress, turn);
            });
        },
        Leaving);

    /// <summary>What the page knows before it has looked.</summary>
    /// <param name="Customers">How many customers there are to look at.</param>
    public sealed record Desk(int Customers);
}
