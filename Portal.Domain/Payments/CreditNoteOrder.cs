using Portal.Domain.Invoicing;
using Portal.Domain.Values;

namespace Portal.Domain.Payments;

/// <summary>What the operator wants taken back of an invoice: lines, an amount, or all that is left.</summary>
/// <param name="Amount">With tax, major units; null where lines are named, or for all that is left.</param>
/// <param name="Lines">Parts of lines; none for an amount of the whole.</param>
/// <param name="Reason">Why, as the customer reads it; null for nothing.</param>
/// <param name="Settlement">What becomes of it once what is owed for the invoice is taken off.</param>
public sealed record CreditNoteOrder(decimal? Amount, IReadOnlyList<LineCredit> Lines, string? Reason, NoteSettlement Settlement)
{
    private const int ReasonMax = 300;

    /// <summary>What a note says that does it.</summary>
    /// <param name="left">What is left of the invoice.</param>
    /// <param name="currency">Its currency.</param>
    /// <exception cref="InvalidInputException">Where it is more than is left, or makes no sense.</exception>
    internal CreditedAmount On(Creditable left, Currency currency)
    {
        var errors = new FieldErrors();
        PlainText.CheckOptional(Reason, "reason", ReasonMax, errors);
        if (Amount is not null && Lines.Count > 0)
        {
            errors.Add("amount", "Give an amount of the whole, or lines: not both.");
        }

        if (Amount is { } amount)
        {
            Check(amount, new Money(left.TotalLeft, currency), "amount", left.Named, errors);
        }

        var parts = Parts(left, currency, errors);
        errors.ThrowIfAny();
        return Lines.Count > 0 ? left.OfLines(parts)
            : Amount is { } total ? left.OfTotal(Money.Round(total, currency).Minor)
            : left.Whole();
    }

    private List<CreditedPart> Parts(Creditable left, Currency currency, FieldErrors errors)
    {
        var parts = new List<CreditedPart>();
        for (var i = 0; i < Lines.Count; i++)
        {
            var (line, path) = (Lines[i], $"lines[{i}]");
            var rest = new Money(left.OfLine(line.N), currency);
            if (Lines.Take(i).Any(earlier => earlier.N == line.N))
            {
                errors.Add(FieldErrors.Path(path, "n"), $"Line {line.N} stands twice: name it once.");
            }
            else if (rest.Minor == 0)
            {
                errors.Add(FieldErrors.Path(path, "n"), $"Nothing is left to take back of line {line.N}, or there is no such line.");
            }
            else if (line.Amount is { } amount)
            {
                Check(amount, rest, FieldErrors.Path(path, "amount"), $"line {line.N}", errors);
            }

            parts.Add(new CreditedPart(line.N, line.Amount is { } part ? Money.Round(part, currency).Minor : rest.Minor));
        }

        if (parts.Sum(part => part.Amount) is var sum && sum > left.Left)
        {
            errors.Add("lines", $"Together they are {new Money(sum, currency)}: {new Money(left.Left, currency)} is left of the invoice's lines.");
        }

        return parts;
    }

    private static void Check(decimal amount, Money left, string path, string what, FieldErrors errors)
    {
        if (amount <= 0 || amount > left.Amount)
        {
            errors.Add(path, $"Give an amount above 0, and at most the {left} that are left of {what}.");
        }
        else if (Money.Round(amount, left.Currency).Amount != amount)
        {
            errors.Add(path, $"{left.Currency.Code} has {left.Currency.Digits} digits after the point: give no finer amount.");
        }
    }
}

/// <summary>A part of a line that is taken back.</summary>
/// <param name="N">The line's number.</param>
/// <param name="Amount">As the line is written: without tax, unless the invoice's lines include it. Major units; null for all that is left of it.</param>
public sealed record LineCredit(int N, decimal? Amount);
