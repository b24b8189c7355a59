using Portal.Domain.Invoicing;
using Portal.Shared;

namespace Portal.Invoicing;

/// <summary>Questions about invoices in words.</summary>
internal static class DisputeWords
{
    /// <summary>Where a question stands.</summary>
    internal static string StateName(this Dispute dispute) => dispute.State switch
    {
        DisputeState.Open => "Waits for an answer",
        DisputeState.Answered => "Answered",
        DisputeState.Closed => "Closed",
    };

    internal static Tone Tone(this Dispute dispute) => dispute.State switch
    {
        DisputeState.Open => Shared.Tone.Warn,
        DisputeState.Answered => Shared.Tone.Ok,
        DisputeState.Closed => Shared.Tone.Neutral,
    };

    /// <summary>What a question is about.</summary>
    internal static string About(this Dispute dispute) => dispute.Line == Dispute.WholeInvoice ? "the whole invoice"
        : $"line {dispute.Line}, {dispute.Invoice.Lines.Find(line => line.N == dispute.Line)?.Description}";
}
