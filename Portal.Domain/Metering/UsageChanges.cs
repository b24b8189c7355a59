using System.Globalization;
using System.Text;

namespace Portal.Domain.Metering;

/// <summary>Tells whoever shows or limits usage that a customer's has changed: at once for what this process commits, by notification for others.</summary>
/// <remarks>A notification may be lost with its connection, so whoever must not miss one also looks by itself from time to time.</remarks>
public sealed class UsageChanges
{
    /// <summary>The PostgreSQL channel on which processes tell each other whose usage changed, as "17,18".</summary>
    public const string Channel = "portal_usage";

    // PostgreSQL refuses notifications from 8,000 bytes on.
    private const int NoticeMax = 7_900;

    /// <summary>Raised after a commit with the numbers of the customers; handlers must be quick and must not throw.</summary>
    public event Action<IReadOnlyCollection<int>>? Changed;

    /// <summary>Tells that the usage of these customers changed.</summary>
    public void Announce(IReadOnlyCollection<int> customerIds)
    {
        if (customerIds.Count > 0)
        {
            Changed?.Invoke(customerIds);
        }
    }

    /// <summary>Customers' numbers as notifications, "17,18,…", each short enough for PostgreSQL.</summary>
    internal static List<string> Notices(IEnumerable<int> customers)
    {
        var notices = new List<string>();
        var notice = new StringBuilder();
        foreach (var customer in customers)
        {
            if (notice.Length > NoticeMax)
            {
                notices.Add(notice.ToString());
                notice.Clear();
            }

            notice.Append(notice.Length > 0 ? "," : "").Append(CultureInfo.InvariantCulture, $"{customer}");
        }

        notices.Add(notice.ToString());
        return notices;
    }
}
