namespace Portal.Domain.Alerts;

/// <summary>A kind of alert. A mail is one by its <see cref="OutboxMail.AlertKind"/>; channels, quiet hours and history follow from that by themselves.</summary>
/// <param name="Key">As in the <c>Portal-Alert</c> header.</param>
/// <param name="Name">What a person calls it.</param>
/// <param name="Help">When it comes, in a sentence.</param>
/// <param name="IsUrgent">Whether each of its mails leaves at any hour. Of the other kinds, a mail is urgent that says so itself (100 % of a limit).</param>
/// <param name="IsOptional">Whether a person may do without it by a link in the mail. The others are about access and money: they are turned off by choice on the page only.</param>
public sealed record AlertKind(string Key, string Name, string Help, bool IsUrgent, bool IsOptional)
{
    /// <summary>All kinds, in the order in which people read them. A new kind is a new line here.</summary>
    public static IReadOnlyList<AlertKind> All { get; } =
    [
        new(Alert.LimitKind, "Limit", "Usage reaches a percentage of a limit.", IsUrgent: false, IsOptional: false),
        new(Alert.IncludedKind, "Included units", "What the plan includes is nearly used up, or is.", IsUrgent: false, IsOptional: true),
        new(Alert.CreditsKind, "Credits", "Prepaid credits run low, or a top-up did not work.", IsUrgent: false, IsOptional: true),
        new(Alert.PaymentKind, "Payment", "A charge failed, or an invoice is overdue.", IsUrgent: true, IsOptional: false),
        new(Alert.SpikeKind, "Spike", "Usage rose sharply, and access is paused.", IsUrgent: true, IsOptional: false),
        new(Alert.ForecastKind, "Forecast", "The month will likely end above the limit.", IsUrgent: false, IsOptional: true),
    ];

    /// <summary>The kind of a key.</summary>
    public static AlertKind Of(string key) => All.Single(kind => kind.Key == key);
}
