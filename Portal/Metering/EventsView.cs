using Portal.Domain.Catalog;
using Portal.Domain.Invoicing;
using Portal.Domain.Metering;
using Portal.Domain.Values;

namespace Portal.Metering;

/// <summary>What the page of events shows.</summary>
/// <param name="Page">The events.</param>
/// <param name="Period">From when to when they happened.</param>
/// <param name="Zone">The customer's zone.</param>
/// <param name="Meter">The meter that counts them; null where all are shown.</param>
/// <param name="Meters">The meters to choose from.</param>
/// <param name="Lines">The lines of issued invoices that events are counted in, by the event's id.</param>
/// <param name="Question">What the address asks for, with every default filled in.</param>
public sealed record EventsView(
    EventPage Page, Period Period, string Zone, Meter? Meter, IReadOnlyList<Meter> Meters, IReadOnlyDictionary<string, IReadOnlyList<EventLine>> Lines, EventsQuestion Question);
