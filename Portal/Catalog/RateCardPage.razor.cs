using System.Globalization;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.JSInterop;
using Portal.Domain.Accounts;
using Portal.Domain.Catalog;
using Portal.Domain.Storage;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Catalog;

/// <summary>The editor of a rate card: what is typed is checked at once, priced for a real customer, saved as a draft, and published as a version.</summary>
public partial class RateCardPage
{
    private readonly FormState _form = new();
    private RateCardSheet? _sheet;
    private SheetReading? _reading;
    private CardDesk? _shown;
    private string _stored = "";
    private bool _isStale;
    private bool _isImporting;
    private RateCardGrid? _grid;
    private string? _done;

    /// <summary>The card's key.</summary>
    [Parameter]
    public string Key { get; set; } = "";

    [Inject]
    private CatalogReader Catalog { get; set; } = null!;

    [Inject]
    private RateCardWriter Writer { get; set; } = null!;

    [Inject]
    private Register Register { get; set; } = null!;

    [Inject]
    private BusinessClock Clock { get; set; } = null!;

    [Inject]
    private IJSRuntime Script { get; set; } = null!;

    // Invalid cells are part of what was typed, and what the reading holds of them differs too.
    private bool IsDirty => _reading is { } reading && (reading.Errors.Any ? _isTouched : Text(reading.Content) != _stored);

    private bool _isTouched;

    private bool HasChanges => View is { } desk && (IsDirty || desk.Card.Draft is not null)
        && !(desk.Newest is { } newest && Text(newest.Content) == Text(_reading!.Content));

    private string Status => (_reading, _done) switch
    {
        ({ Errors.Any: true } reading, _) when _sheet!.ShowsAll || IsDirty => $"{Wording.Quantity(reading.Errors.Count, "cell")} to mend or fill in.",
        (_, { } done) when !IsDirty => done,
        _ when IsDirty => "Not saved yet.",
        _ => "",
    };

    /// <inheritdoc />
    protected override Task<CardDesk> Read(Actor actor, CancellationToken cancellation) =>
        Task.FromResult(CardDesk.Of(actor, Catalog.Card(actor, Key), Register.Now, Clock.GetUtcNow()));

    /// <inheritdoc />
    protected override async Task OnParametersSetAsync()
    {
        await base.OnParametersSetAsync();
        Show();
    }

    private void Show()
    {
        if (View is null || ReferenceEquals(View, _shown))
        {
            return;
        }

        _shown = View;
        _sheet = RateCardSheet.Of(View.Card.Newest());
        _reading = _sheet.Read(Meter);
        _stored = Text(_reading.Content);
        (_isTouched, _isStale) = (false, false);
    }

    private void AddPrice()
    {
        var row = _sheet!.Add();
        Changed();
        _grid?.TurnTo(row);
    }

    /// <summary>Takes the prices of a table over: they are on the sheet, and not saved yet.</summary>
    private void Take(RateCardSheet sheet)
    {
        _sheet = sheet;
        _isImporting = false;
        Changed();
    }

    private void Changed()
    {
        _isTouched = true;
        _done = null;
        _reading = _sheet!.Read(Meter);
    }

    private async Task Reload()
    {
        await Retry();
        _shown = null;
        Show();
    }

    private Task Save() => Save(View!.Card.Revision);

    /// <summary>Saves over what somebody else has saved meanwhile: over that and nothing later.</summary>
    private async Task Overwrite() => await Save(Catalog.Card(await Caller.AsOperator(Leaving), Key).Revision);

    private async Task Save(string seen)
    {
        _sheet!.ShowsAll = true;
        if (!_reading!.Saves)
        {
            return;
        }

        if (await _form.Try(async () => await Writer.Put(await Caller.AsOperator(Leaving), Key, _reading.Content, seen, Leaving)))
        {
            await Reload();
            _done = "Draft saved. Nobody pays by it yet.";
        }
        else
        {
            _isStale = Catalog.Card(await Caller.AsOperator(Leaving), Key).Revision != View!.Card.Revision;
        }
    }

    /// <summary>Leads to the simulation, which rates what is saved.</summary>
    private async Task Simulate()
    {
        if (IsDirty)
        {
            await Save();
        }

        if (!IsDirty)
        {
            Navigation.NavigateTo($"admin/rate-cards/{Key}/simulate?months={SimulationAddress.MonthsByDefault}");
        }
    }

    /// <summary>Saves what is on the sheet and publishes it; what is refused goes to the button that asked.</summary>
    private async Task<string> Publish(DateTimeOffset? effectiveFrom)
    {
        _sheet!.ShowsAll = true;
        var actor = await Caller.AsOperator(Leaving);
        var revision = View!.Card.Revision;
        if (IsDirty)
        {
            revision = (await Writer.Put(actor, Key, _reading!.Content, revision, Leaving)).Card.Revision;
        }

        var version = await Writer.Publish(actor, Key, effectiveFrom, revision, Leaving);
        await Reload();
        _done = null;
        return string.Create(CultureInfo.InvariantCulture, $"Version {version.Number} is published, in force from {Wording.Minute(version.EffectiveFrom, "UTC")} UTC.");
    }

    private async Task<string> Retire(bool isRetired)
    {
        await Writer.Retire(await Caller.AsOperator(Leaving), Key, isRetired, Leaving);
        await Retry();
        _shown = View;
        return isRetired ? "No new subscription takes this card." : "The card is offered again.";
    }

    private async Task AskBeforeLeaving(LocationChangingContext leaving)
    {
        if (IsDirty && !await Script.InvokeAsync<bool>("confirm", Leaving, "What you changed on this card is not saved. Leave it?"))
        {
            leaving.PreventNavigation();
        }
    }

    private Meter? Meter(string key) => View!.Meters.FirstOrDefault(meter => meter.Key == key);

    private static string Text(RateCardContent content) => System.Text.Json.JsonSerializer.Serialize(content, JsonColumns.Options);
}
