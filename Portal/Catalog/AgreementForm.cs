using System.Globalization;
using Portal.Domain.Catalog;
using Portal.Domain.Values;
using Portal.Shared;

namespace Portal.Catalog;

/// <summary>What is agreed with one customer beside its prices, as it is being typed: a commitment, discounts, the end of a trial.</summary>
public sealed class AgreementForm
{
    /// <summary>The least that a period comes to; empty for no commitment.</summary>
    public string Commitment { get; set; } = "";

    /// <summary>What is taken off usage above it, in percent; empty for nothing.</summary>
    public string Overage { get; set; } = "";

    /// <summary>The discounts, in the order in which they are taken off.</summary>
    public List<DiscountRow> Discounts { get; } = [];

    /// <summary>When the trial ends, as a local date and time of the customer's zone; empty for what holds.</summary>
    public string TrialEndsAt { get; set; } = "";

    /// <summary>What holds, ready to be changed.</summary>
    public static AgreementForm Of(SubscriptionPhase phase)
    {
        ArgumentNullException.ThrowIfNull(phase);
        var form = new AgreementForm
        {
            Commitment = phase.Commitment is { } commitment ? DecimalText.FormatAsEntered(commitment.Amount) : "",
            Overage = phase.Commitment is { OverageDiscountPercent: > 0 } agreed ? DecimalText.FormatAsEntered(agreed.OverageDiscountPercent) : "",
        };
        form.Discounts.AddRange(phase.Discounts.Select(discount => new DiscountRow
        {
            IsPercent = discount.Percent is not null,
            Value = DecimalText.FormatAsEntered(discount.Percent ?? discount.Amount!.Value),
            Periods = discount.Periods?.ToString(CultureInfo.InvariantCulture) ?? "",
        }));
        return form;
    }

    /// <summary>Adds what was typed to the terms.</summary>
    /// <param name="terms">The card and how it is applied.</param>
    /// <param name="interval">The card's interval.</param>
    /// <param name="zone">IANA name of the customer's zone.</param>
    /// <exception cref="InvalidInputException">Where a field cannot be read.</exception>
    public SubscriptionTerms Read(SubscriptionTerms terms, BillingInterval interval, string zone)
    {
        ArgumentNullException.ThrowIfNull(terms);
        var errors = new FieldErrors();
        var amount = Decimal(Commitment, "commitment.amount", errors);
        var overage = Decimal(Overage, "commitment.overageDiscountPercent", errors);
        if (amount is null && overage is not null)
        {
            errors.Add("commitment.amount", "A discount above a commitment needs the commitment: give its amount.");
        }

        List<Discount> discounts = [.. Discounts.Select((row, i) => row.Read(string.Create(CultureInfo.InvariantCulture, $"discounts[{i}]"), errors))];
        DateTimeOffset? trialEnd = null;
        if (TrialEndsAt.Trim().Length > 0)
        {
            if (LocalTime.TryParse(TrialEndsAt, zone, out var at))
            {
                trialEnd = at;
            }
            else
            {
                errors.Add("trialEndsAt", "Give the date and the time, or leave it empty.");
            }
        }

        errors.ThrowIfAny();
        return terms with
        {
            Commitment = amount is { } least ? new Commitment(least, interval, overage ?? 0) : null,
            Discounts = discounts,
            TrialEndsAt = trialEnd,
        };
    }

    internal static decimal? Decimal(string text, string path, FieldErrors errors)
    {
        if (text.Trim().Length == 0)
        {
            return null;
        }

        if (DecimalText.TryParse(text.Trim(), out var value) && value >= 0)
        {
            return value;
        }

        errors.Add(path, $"This is no decimal of 0 or more. {DecimalText.Rule}");
        return null;
    }
}

/// <summary>A discount as it is being typed.</summary>
public sealed class DiscountRow
{
    /// <summary>Tells rows apart while they are removed; it is not stored.</summary>
    public Guid Id { get; } = Guid.NewGuid();

    /// <summary>Whether it is a share; else an amount.</summary>
    public bool IsPercent { get; set; } = true;

    /// <summary>The share in percent, or the amount.</summary>
    public string Value { get; set; } = "";

    /// <summary>In how many billing periods it holds; empty for all.</summary>
    public string Periods { get; set; } = "";

    internal Discount Read(string path, FieldErrors errors)
    {
        var value = AgreementForm.Decimal(Value, path, errors);
        if (value is null && !errors.Any)
        {
            errors.Add(path, "Say how much is taken off, or remove the discount.");
        }

        int? periods = null;
        if (Periods.Trim().Length > 0)
        {
            if (int.TryParse(Periods.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var whole))
            {
                periods = whole;
            }
            else
            {
                errors.Add($"{path}.periods", "Give a whole number, or leave it empty for all.");
            }
        }

        return new Discount(IsPercent ? value : null, IsPercent ? null : value, periods);
    }
}
