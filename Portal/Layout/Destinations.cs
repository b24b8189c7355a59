using System.Collections.Frozen;
using System.Reflection;
using Microsoft.AspNetCore.Components;

namespace Portal.Layout;

/// <summary>A link of the side navigation.</summary>
/// <param name="Path">Where it leads, from the root, without the first slash.</param>
/// <param name="Name">What it says.</param>
/// <param name="StartsGroup">A line stands above it.</param>
internal sealed record Destination(string Path, string Name, bool StartsGroup = false);

/// <summary>Where the side navigation leads: what a page of this assembly answers, in the order of the table here.</summary>
internal static class Destinations
{
    private static readonly FrozenSet<string> s_pages = typeof(Destinations).Assembly.GetTypes()
        .SelectMany(type => type.GetCustomAttributes<RouteAttribute>())
        .Select(route => route.Template.TrimStart('/'))
        .ToFrozenSet(StringComparer.OrdinalIgnoreCase);

    internal static IReadOnlyList<Destination> Customer { get; } = Existing(
        new("overview", "Overview"),
        new("usage", "Usage"),
        new("limits", "Limits & alerts"),
        new("invoices", "Invoices"),
        new("credits", "Credits"),
        new("pricing", "Pricing"),
        new("payment", "Payment"),
        new("billing", "Billing details"),
        new("notifications", "Notifications"),
        new("team", "Team", StartsGroup: true),
        new("keys", "API keys"),
        new("webhooks", "Webhooks"));

    internal static IReadOnlyList<Destination> Operator { get; } = Existing(
        new("admin", "Home"),
        new("admin/customers", "Customers"),
        new("admin/meters", "Meters"),
        new("admin/rate-cards", "Rate cards"),
        new("admin/invoices", "Invoices"),
        new("admin/billing-preview", "Next invoices"),
        new("admin/dunning", "Unpaid"),
        new("admin/questions", "Questions"),
        new("admin/outages", "Outages"),
        new("admin/ledger", "Ledger"),
        new("admin/forecasts", "Forecasts"),
        new("admin/spikes", "Spikes"),
        new("admin/inbox", "Inbox", StartsGroup: true),
        new("admin/outbox", "Outbox"),
        new("admin/webhooks", "Webhooks"),
        new("admin/jobs", "Jobs"));

    private static IReadOnlyList<Destination> Existing(params Destination[] all) => [.. all.Where(destination => s_pages.Contains(destination.Path))];
}
