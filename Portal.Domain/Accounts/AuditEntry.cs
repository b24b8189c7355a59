using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.ChangeTracking;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Accounts;

/// <summary>Who changed what: a row written in the same transaction as the change, never updated.</summary>
public sealed class AuditEntry
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>When, in business time.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The person's e-mail address, or the API key's name and prefix.</summary>
    public required string Actor { get; init; }

    /// <summary>The customer concerned; null for the operator's own things.</summary>
    public int? CustomerId { get; init; }

    /// <summary>What was done, as <c>thing.verb</c>: <c>limit.set</c>.</summary>
    public required string Action { get; init; }

    /// <summary>What it was done to.</summary>
    public required string Subject { get; init; }

    /// <summary>The change in words or as JSON; never a secret.</summary>
    public string? Detail { get; init; }

    /// <summary>An entry about something that <paramref name="actor"/> does.</summary>
    public static AuditEntry Of(Actor actor, DateTimeOffset at, int? customerId, string action, string subject, string? detail = null) =>
        new() { At = at, Actor = actor.Name, CustomerId = customerId, Action = action, Subject = subject, Detail = detail };

    /// <summary>What is about to change in a row, in words: <c>Name: Acme → Acme Inc.; Country: – → DE</c>. Not for rows with secrets.</summary>
    public static string ChangesOf(EntityEntry entry) => string.Join("; ", entry.Properties
        .Where(property => property.IsModified)
        .Select(property => $"{property.Metadata.Name}: {Words(property.OriginalValue)} → {Words(property.CurrentValue)}"));

    private static string Words(object? value) => value is IEnumerable<string> texts ? Words(string.Join(", ", texts)) : Convert.ToString(value, CultureInfo.InvariantCulture) is { Length: > 0 } text ? text : "–";
}

internal sealed class AuditTable : IEntityTypeConfiguration<AuditEntry>
{
    public void Configure(EntityTypeBuilder<AuditEntry> table)
    {
        table.ToTable("audit_entries").HasKey(entry => entry.Id);
        table.HasIndex(entry => new { entry.CustomerId, entry.At });
        table.HasOne<Customer>().WithMany().HasForeignKey(entry => entry.CustomerId);
    }
}
