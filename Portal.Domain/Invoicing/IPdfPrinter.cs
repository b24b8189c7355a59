using Portal.Domain.Values;

namespace Portal.Domain.Invoicing;

/// <summary>Makes a PDF of a page of HTML. What does it is outside of this system, and may be missing.</summary>
public interface IPdfPrinter
{
    /// <summary>The page as PDF.</summary>
    /// <exception cref="Refusal">Unavailable, with the remedy, where the printer is missing or does not answer in time.</exception>
    Task<byte[]> Print(string html, CancellationToken cancellation);
}
