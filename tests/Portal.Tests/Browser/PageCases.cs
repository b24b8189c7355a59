using System.Reflection;
using Microsoft.AspNetCore.Components;

namespace Portal.Tests.Browser;

/// <summary>Who opens a page.</summary>
public enum Who
{
    /// <summary>Nobody is signed in.</summary>
    Nobody,

    /// <summary>The owner of the customer that <see cref="Stage"/> sets up.</summary>
    Owner,

    /// <summary>The operator's administrator.</summary>
    Admin,
}

/// <summary>A page as it is opened in the checks that every page has to pass.</summary>
/// <param name="Template">The route's template, as it stands in the page.</param>
/// <param name="Who">Who opens it.</param>
/// <param name="Path">The address to open; null where the template has no parameters.</param>
public sealed record PageCase(string Template, Who Who, Func<Stage, string>? Path = null);

/// <summary>One case for each page of the portal. A page without one fails <see cref="EveryPageTests"/>.</summary>
public static class PageCases
{
    /// <summary>The cases.</summary>
    public static IReadOnlyList<PageCase> All { get; } =
    [
        new("/Account/AcceptInvite", Who.Nobody),
        new("/Account/AccessDenied", Who.Nobody),
        new("/Account/ForgotPassword", Who.Nobody),
        new("/Account/Login", Who.Nobody),
        new("/Account/ResetPassword", Who.Nobody),
        new("/Account/Resume", Who.Nobody),
        new("/admin", Who.Admin),
        new("/admin/billing-preview", Who.Admin),
        new("/admin/customers", Who.Admin),
        new("/admin/customers/{Key}", Who.Admin, stage => $"/admin/customers/{stage.Customer}"),
        new("/admin/customers/{Key}/edit", Who.Admin, stage => $"/admin/customers/{stage.Customer}/edit"),
        new("/admin/customers/{Key}/subscription", Who.Admin, stage => $"/admin/customers/{stage.Customer}/subscription"),
        new("/admin/forecasts", Who.Admin),
        new("/admin/dunning", Who.Admin),
        new("/admin/inbox", Who.Admin),
        new("/admin/invoices", Who.Admin),
        new("/admin/invoices/{Reference}", Who.Admin, stage => $"/admin/invoices/{stage.Invoice}"),
        new("/admin/invoices/{Reference}/lines/{N:int}", Who.Admin, stage => $"/admin/invoices/{stage.Invoice}/lines/1"),
        new("/admin/jobs", Who.Admin),
        new("/admin/ledger", Who.Admin),
        new("/admin/meters", Who.Admin),
        new("/admin/meters/{Key}", Who.Admin, _ => "/admin/meters/input-tokens"),
        new("/admin/new/customer", Who.Admin),
        new("/admin/new/meter", Who.Admin),
        new("/admin/new/rate-card", Who.Admin),
        new("/admin/outages", Who.Admin),
        new("/admin/outbox", Who.Admin),
        new("/admin/outbox/samples", Who.Admin),
        new("/admin/questions", Who.Admin),
        new("/admin/rate-cards", Who.Admin),
        new("/admin/rate-cards/{Key}", Who.Admin, _ => $"/admin/rate-cards/{Given.Card}"),
        new("/admin/rate-cards/{Key}/simulate", Who.Admin, _ => $"/admin/rate-cards/{Given.Card}/simulate?months=3"),
        new("/admin/rate-cards/{Key}/versions/{Number:int}", Who.Admin, _ => $"/admin/rate-cards/{Given.Card}/versions/1"),
        new("/admin/webhooks", Who.Admin),
        new("/admin/spikes", Who.Admin),
        new("/billing", Who.Owner),
        new("/credits", Who.Owner),
        new("/error", Who.Nobody),
        new("/events", Who.Owner, _ => "/events?meter=input-tokens"),
        new("/invoices", Who.Owner),
        new("/invoices/{Reference}", Who.Owner, stage => $"/invoices/{stage.Invoice}"),
        new("/invoices/{Reference}/lines/{N:int}", Who.Owner, stage => $"/invoices/{stage.Invoice}/lines/1"),
        new("/keys", Who.Owner),
        new("/limits", Who.Owner),
        new("/not-found", Who.Nobody),
        new("/notifications", Who.Owner),
        new("/overview", Who.Owner),
        new("/payment", Who.Owner),
        new("/pricing", Who.Owner),
        new("/pricing/{Card}", Who.Owner, _ => $"/pricing/{Given.Card}"),
        new("/team", Who.Owner),
        new("/usage", Who.Owner),
        new("/webhooks", Who.Owner, _ => "/webhooks?endpoint=ledger"),
    ];

    /// <summary>The templates of all pages in the portal.</summary>
    public static IReadOnlyList<string> Templates { get; } =
    [
        .. typeof(PortalProgram).Assembly.GetTypes()
            .SelectMany(type => type.GetCustomAttributes<RouteAttribute>())
            .Select(route => route.Template)
            .Order(StringComparer.Ordinal),
    ];
}
