using Portal.Domain.Reporting;
using Portal.Shared;

namespace Portal.Reporting;

/// <summary>How a customer stands, for the operator's people.</summary>
public static class CustomerWords
{
    /// <summary>The states in the order in which a person looks for them.</summary>
    public static IReadOnlyList<CustomerState> All { get; } =
        [CustomerState.Ok, CustomerState.NearCap, CustomerState.Stopped, CustomerState.Paused, CustomerState.Restricted, CustomerState.NoSubscription];

    /// <summary>The state in a word or two.</summary>
    public static string Word(CustomerState state) => state switch
    {
        CustomerState.Paused => "paused",
        CustomerState.Restricted => "restricted, unpaid",
        CustomerState.Stopped => "stopped at its cap",
        CustomerState.NearCap => "near its cap",
        CustomerState.NoSubscription => "no subscription",
        CustomerState.Ok => "ok",
    };

    /// <summary>What the state means for the reader.</summary>
    public static Tone Tone(CustomerState state) => state switch
    {
        CustomerState.Paused or CustomerState.Restricted or CustomerState.Stopped => Shared.Tone.Bad,
        CustomerState.NearCap => Shared.Tone.Warn,
        CustomerState.NoSubscription => Shared.Tone.Neutral,
        CustomerState.Ok => Shared.Tone.Ok,
    };

    /// <summary>The state in an address.</summary>
    public static string Slug(CustomerState state) => state switch
    {
        CustomerState.Paused => "paused",
        CustomerState.Restricted => "restricted",
        CustomerState.Stopped => "stopped",
        CustomerState.NearCap => "near-cap",
        CustomerState.NoSubscription => "no-subscription",
        CustomerState.Ok => "ok",
    };

    /// <summary>The state of an address; null for none.</summary>
    public static CustomerState? Find(string? slug) => All.Where(state => Slug(state) == slug).Select(state => (CustomerState?)state).FirstOrDefault();
}
