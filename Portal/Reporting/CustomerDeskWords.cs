using Portal.Domain.Limits;
using Portal.Domain.Reporting;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Reporting;

/// <summary>The first line of a customer's page: how it stands, for the operator's people.</summary>
internal static class CustomerDeskWords
{
    /// <summary>The sentence that counts, and what follows from it. The first holds no figure that moves with each event.</summary>
    internal static (string Title, string Text) Of(CustomerDesk desk) => desk.State switch
    {
        CustomerState.Paused => ("Access is paused.", $"{string.Join(" ", desk.Entry.OpenPauses.Select(pause => Words(pause, desk.Zone)))} Requests are refused; what is reported a minute later is stored and not billed."),
        CustomerState.Restricted => ("Access is refused, because an invoice is unpaid.", $"{(desk.Owed.Overdue.Minor > 0 ? $"{Wording.Amount(desk.Owed.Overdue)} is overdue" : $"{Wording.Amount(desk.Owed.Due)} could not be charged")}. Within a second of the payment access is open again; billing goes on meanwhile."),
        CustomerState.Stopped => ($"It is stopped at its cap of {Cap(desk)}.", "Requests are refused until the cap is raised or the period ends. What is still reported is stored and not billed."),
        CustomerState.NearCap => ($"{Percent(desk)} of its cap is used.", desk.Entry.Limit!.Enforced ? $"Requests stop at {Bound(desk)}." : "The protection is off: nothing stops, and all usage is billed."),
        CustomerState.NoSubscription => ("No subscription runs, so nothing is charged.", desk.Subscription is null ? "Start one, and its usage is priced from then on." : "Its last one has ended, or the next has not begun."),
        CustomerState.Ok => desk.Entry.Limit is null
            ? ("Nothing needs you here.", "It has no cap: nothing stops its usage.")
            : ("Nothing needs you here.", $"{Percent(desk)} of its cap of {Cap(desk)} is used."),
    };

    private static string Words(Pause pause, string zone)
    {
        var by = pause.Cause switch
        {
            PauseCause.Operator => $"By {pause.Actor}",
            PauseCause.Customer => $"By the customer ({pause.Actor})",
            PauseCause.Spike => "By the spike protection",
        };
        return $"{by} since {Wording.Minute(pause.PausedAt, zone)} ({zone})" + (pause.Reason is { Length: > 0 } reason ? $": {reason.TrimEnd('.')}." : ".");
    }

    private static string Percent(CustomerDesk desk) => Wording.Percent(desk.Spend?.Limit?.Percent ?? 0);

    private static string Cap(CustomerDesk desk) => Amount(desk.Entry.Limit!.Amount, desk);

    private static string Bound(CustomerDesk desk) => Amount(desk.Entry.Limit!.Bound, desk);

    private static string Amount(decimal amount, CustomerDesk desk) => Wording.Amount(Money.Round(amount, Currency.Of(desk.Customer.Currency)));
}
