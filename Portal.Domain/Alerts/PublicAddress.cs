using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace Portal.Domain.Alerts;

/// <summary>Tells addresses of the public internet from those of this machine and its networks, which nobody outside may make us talk to.</summary>
/// <remarks>Ranges: the IANA registries of special-purpose addresses for IPv4 and IPv6 (RFC 6890).</remarks>
public static class PublicAddress
{
    private static readonly IPNetwork[] s_special =
    [
        .. new[]
        {
            "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24",
            "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
            "2001::/23", "2001:db8::/32", "3fff::/20",
        }.Select(range => IPNetwork.Parse(range)),
    ];

    private static readonly IPNetwork s_global6 = IPNetwork.Parse("2000::/3");
    private static readonly IPNetwork s_sixToFour = IPNetwork.Parse("2002::/16");
    private static readonly IPNetwork s_nat64 = IPNetwork.Parse("64:ff9b::/96");

    /// <summary>Whether anybody on the internet could reach this address.</summary>
    public static bool Is(IPAddress address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (address.IsIPv4MappedToIPv6)
        {
            return Is(address.MapToIPv4());
        }

        if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // Two ranges carry an IPv4 address inside, which is where such a packet ends up.
            var bytes = address.GetAddressBytes();
            if (s_nat64.Contains(address))
            {
                return Is(new IPAddress(bytes.AsSpan(12)));
            }

            return s_sixToFour.Contains(address)
                ? Is(new IPAddress(bytes.AsSpan(2, 4)))
                : s_global6.Contains(address) && !s_special.Any(range => range.Contains(address));
        }

        return !s_special.Any(range => range.Contains(address)) && BinaryPrimitives.ReadUInt32BigEndian(address.GetAddressBytes()) != 0;
    }
}
