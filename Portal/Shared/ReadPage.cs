using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Routing;
using Portal.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Shared;

/// <summary>A page that reads what it shows in one go, and says how far that has come.</summary>
/// <remarks>Who asks is read anew for each reading and each action, since a circuit outlives a role.</remarks>
/// <typeparam name="TView">What the page shows.</typeparam>
public abstract class ReadPage<TView> : ComponentBase, IReadState, IDisposable
    where TView : class
{
    private const string HandoverName = "page";

    private readonly CancellationTokenSource _leaving = new();
    private IDisposable? _offer;
    private string? _readFrom;
    private int _reading;

    /// <summary>What was read; null until then, and where it could not be read at all.</summary>
    public TView? View { get; private set; }

    /// <inheritdoc />
    public Refusal? Refused { get; private set; }

    /// <inheritdoc />
    public bool IsFailed { get; private set; }

    /// <inheritdoc />
    public bool IsFilled => View is not null;

    /// <summary>Who looks at the page.</summary>
    [Inject]
    protected Caller Caller { get; set; } = null!;

    /// <summary>The addresses of the portal.</summary>
    [Inject]
    protected NavigationManager Navigation { get; set; } = null!;

    [Inject]
    private Handover Handover { get; set; } = null!;

    /// <summary>Cancelled when the person leaves the page.</summary>
    protected CancellationToken Leaving => _leaving.Token;

    /// <inheritdoc />
    public async Task Retry()
    {
        var reading = ++_reading;
        try
        {
            var view = await ReadView();

            // A reading that began later may have ended earlier: the newest stays.
            if (reading == _reading)
            {
                (View, Refused, IsFailed) = (view, null, false);
            }
        }
        catch (Refusal refusal)
        {
            // What a person may no longer see goes from the screen as well.
            (View, Refused, IsFailed) = (null, refusal, false);
        }
        catch (InvalidInputException invalid)
        {
            (View, Refused, IsFailed) = (null, Refusal.Invalid("invalid", invalid.Message), false);
        }
        catch (OperationCanceledException) when (Leaving.IsCancellationRequested)
        {
            // Nobody looks at the page any more.
        }
        catch (Exception failure) when (DatabaseAway.Is(failure))
        {
            IsFailed = true;
        }
    }

    /// <inheritdoc />
    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Finds out who asks, and reads what the page shows.</summary>
    /// <exception cref="Refusal">Where the caller may not see it, or it is not there: the page says so.</exception>
    protected abstract Task<TView> ReadView();

    /// <inheritdoc />
    protected override void OnInitialized()
    {
        if (Handover.Take<TView>(HandoverName) is { } view)
        {
            View = view;
            _readFrom = Navigation.Uri;
        }

        _offer = Handover.Offer(HandoverName, () => View);
        Navigation.LocationChanged += Follow;
    }

    /// <summary>Reads, and reads again when the address changes: filters and numbers are in it.</summary>
    protected override async Task OnParametersSetAsync()
    {
        if (_readFrom != Navigation.Uri)
        {
            _readFrom = Navigation.Uri;
            await Retry();
        }
    }

    /// <summary>Whether the page reads its address by itself, without a parameter that would tell it of a new one.</summary>
    protected virtual bool ReadsItsAddress => false;

    // A page that reads its address by itself has no parameter that would tell it of a new one: a link to the same page with another question.
    private void Follow(object? sender, LocationChangedEventArgs moved) => _ = InvokeAsync(async () =>
    {
        if (!ReadsItsAddress || _leaving.IsCancellationRequested || _readFrom is null || _readFrom == Navigation.Uri || PathOf(_readFrom) != PathOf(Navigation.Uri))
        {
            return;
        }

        try
        {
            _readFrom = Navigation.Uri;
            await Retry();
            StateHasChanged();
        }
        catch (Exception failure)
        {
            await DispatchExceptionAsync(failure);
        }
    });

    private static string PathOf(string uri) => new Uri(uri).GetLeftPart(UriPartial.Path);

    /// <summary>Ends what the page has under way.</summary>
    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Navigation.LocationChanged -= Follow;
            _offer?.Dispose();
            _leaving.Cancel();
            _leaving.Dispose();
        }
    }
}
