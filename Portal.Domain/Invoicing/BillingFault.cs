using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using Portal.Domain.Accounts;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Domain.Invoicing;

/// <summary>Tells what is wrong with one customer's billing, so that it steps aside, from what concerns the whole run.</summary>
internal static class BillingFault
{
    /// <summary>How long what cannot be billed steps aside before it is tried again, in business time.</summary>
    public static readonly TimeSpan RetryAfter = TimeSpan.FromHours(6);

    /// <summary>Whether a failure comes from a customer's own data: a price that overflows, a card that is gone, a row that cannot be read or stored. A database that is away concerns everyone.</summary>
    public static bool Is(Exception exception) => !DatabaseAway.Is(exception) && exception switch
    {
        PostgresException answer => IsAboutData(answer),
        DbUpdateException { InnerException: PostgresException answer } => IsAboutData(answer),
        InvalidOperationException or ArgumentException or NotSupportedException or OverflowException or KeyNotFoundException or JsonException or DbUpdateConcurrencyException => true,
        _ => false,
    };

    /// <summary>What went wrong, as the operator reads it: the database's own words where it refused.</summary>
    public static string Reason(Exception exception) => exception is DbUpdateException { InnerException: { } inner } ? inner.Message : exception.Message;

    /// <summary>Tells the operator of what could not be billed and waits.</summary>
    /// <param name="alarms">Who keeps alarms.</param>
    /// <param name="customer">Whose it is.</param>
    /// <param name="title">What happened, in a few words.</param>
    /// <param name="failure">What went wrong, as a sentence.</param>
    public static Task Tell(AlarmWriter alarms, Customer customer, string title, string failure) => alarms.Raise(
        $"billing.failed:{customer.Key}", title,
        $"{failure} Nobody else is held up. It is tried again every {RetryAfter.TotalHours:0} hours; usage, spend and access go on.", customer.Id);

    // Classes 22 and 23: a value that does not fit, a rule of the tables that is broken. Others, such as a right that is missing, are about the installation.
    private static bool IsAboutData(PostgresException answer) =>
        answer.SqlState.StartsWith("22", StringComparison.Ordinal) || answer.SqlState.StartsWith("23", StringComparison.Ordinal);
}
