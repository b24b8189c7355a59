using NodaTime;
using Portal.Domain.Accounts;
using Portal.Domain.Values;
using Period = Portal.Domain.Values.Period;

namespace Portal.Domain.Invoicing;

/// <summary>A period in English words, as pages and lines name it: see <see cref="CustomerText.Name"/>.</summary>
public static class PeriodName
{
    /// <summary>The name of a period in the zone of its customer.</summary>
    public static string Of(Period period, DateTimeZone zone)
    {
        ArgumentNullException.ThrowIfNull(zone);
        return new CustomerText(Language.English.Code, zone.Id).Name(period);
    }
}
