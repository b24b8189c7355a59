using System.Globalization;
using Microsoft.AspNetCore.Components;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Catalog;

/// <summary>Tries a card on the past. The question stands in the address; the answer is made while one watches, and can be given up.</summary>
public partial class SimulationPage
{
    private const string Chosen = "some";

    private readonly FormState _form = new();
    private string _months = SimulationAddress.MonthsByDefault.ToString(CultureInfo.InvariantCulture);
    private string _whom = "";
    private string _keys = "";
    private bool _running = true;
    private string? _asked;
    private readonly WatchedWork _work = new();
    private SimulationProgress _progress;
    private Simulation? _simulation;
    private IReadOnlyList<string> _problems = [];

    /// <summary>The card's key.</summary>
    [Parameter]
    public string Key { get; set; } = "";

    /// <summary>How many months back; nothing runs without it.</summary>
    [SupplyParameterFromQuery]
    public int? Months { get; set; }

    /// <summary>Keys with commas between, "all", or nothing for those on the card.</summary>
    [SupplyParameterFromQuery]
    public string? Customers { get; set; }

    /// <summary>Whether the running period is in it.</summary>
    [SupplyParameterFromQuery]
    public bool? Running { get; set; }

    [Inject]
    private CatalogReader Catalog { get; set; } = null!;

    [Inject]
    private SimulationReader Simulations { get; set; } = null!;

    [Inject]
    private Register Register { get; set; } = null!;

    [Inject]
    private BusinessClock Clock { get; set; } = null!;

    /// <inheritdoc />
    protected override Task<SimulationDesk> Read(Actor actor, CancellationToken cancellation)
    {
        actor.Require(Permission.ManageCatalog);
        var card = Catalog.Card(actor, Key);
        return Task.FromResult(new SimulationDesk(
            card, CardAudience.Of(card, Register.Now, Clock.GetUtcNow()).Followers.Count, Register.Now.ById.Count));
    }

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        if (Months is { } months && _asked != Navigation.Uri && View is not null && RendererInfo.IsInteractive)
        {
            _asked = Navigation.Uri;
            (_months, _running) = (months.ToString(CultureInfo.InvariantCulture), Running ?? true);
            (_whom, _keys) = Customers is null or "" ? ("", _keys) : Customers == SimulationAddress.All ? (SimulationAddress.All, _keys) : (Chosen, Customers);
            await Simulate(SimulationAddress.Read(Key, months, Customers, Running));
        }
    }

    private async Task Ask()
    {
        var whom = _whom == Chosen ? _keys : _whom;
        var address = SimulationAddress.Page(SimulationAddress.Read(Key, int.Parse(_months, CultureInfo.InvariantCulture), whom, _running));
        if (Navigation.ToAbsoluteUri(address).ToString() == Navigation.Uri)
        {
            // Asked again: usage has come in, or the draft was changed.
            await Simulate(SimulationAddress.Read(Key, Months, Customers, Running));
            return;
        }

        Navigation.NavigateTo(address);
    }

    private Task Simulate(SimulationQuestion question) => _work.Run(
        async turn =>
        {
            (_progress, _simulation, _problems) = (default, null, []);
            var progress = new Progress<SimulationProgress>(step =>
            {
                _progress = step.Done > _progress.Done ? step : _progress;
                StateHasChanged();
            });
            StateHasChanged();
            await _form.Try(async () =>
            {
                try
                {
                    _simulation = await Simulations.Run(await Caller.AsOperator(turn), question, progress, turn);
                }
                catch (InvalidInputException invalid)
                {
                    _problems = [.. invalid.Errors.Items.Select(error => error.Message)];
                    throw;
                }
            });
        },
        Leaving);
}

/// <summary>What the page offers before anything is simulated.</summary>
/// <param name="Card">The card.</param>
/// <param name="Followers">How many customers follow it.</param>
/// <param name="Customers">How many customers there are.</param>
public sealed record SimulationDesk(RateCard Card, int Followers, int Customers);
