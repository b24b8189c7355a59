using System.Net;
using System.Net.Sockets;
using Portal.Domain.Storage;

namespace Portal.Api.Hosting;

/// <summary>The addresses that the host is going to listen on.</summary>
public static class ListenAddresses
{
    internal const string Remedy = "End the other program, or choose another address: ASPNETCORE_URLS=http://localhost:5081";

    /// <summary>Checks that nobody listens there, before anything is started or stored.</summary>
    /// <exception cref="StartException">One is taken, or not to be had by this user; the message names it.</exception>
    public static void MustBeFree(IConfiguration configuration)
    {
        foreach (var url in UrlsOf(configuration))
        {
            var address = Parse(url);
            if (address.IsUnixPipe || address.Port == 0)
            {
                continue;
            }

            foreach (var ip in AddressesOf(address.Host))
            {
                Probe(url, new IPEndPoint(ip, address.Port));
            }
        }
    }

    /// <summary>The first of them as people reach it: a name in place of "any address of this machine".</summary>
    /// <exception cref="StartException">It is no address.</exception>
    public static string First(IConfiguration configuration)
    {
        var address = Parse(UrlsOf(configuration) is [var first, ..] ? first : "http://localhost:5080");
        return $"{address.Scheme}://{(address.Host is "*" or "+" or "0.0.0.0" or "[::]" ? "localhost" : address.Host)}:{address.Port}";
    }

    private static string[] UrlsOf(IConfiguration configuration) =>
        (configuration[WebHostDefaults.ServerUrlsKey] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);

    private static BindingAddress Parse(string url)
    {
        try
        {
            return BindingAddress.Parse(url);
        }
        catch (FormatException e)
        {
            throw new StartException($"'{url}' is no address to listen on ({e.Message}). Write ASPNETCORE_URLS like http://localhost:5080", e);
        }
    }

    private static IPAddress[] AddressesOf(string host) => host switch
    {
        "localhost" => [IPAddress.Loopback, IPAddress.IPv6Loopback],
        _ when IPAddress.TryParse(host.Trim('[', ']'), out var ip) => [ip],
        // Any other name, '*' and '+' stand for every address of the machine.
        _ => [IPAddress.Any],
    };

    private static void Probe(string url, IPEndPoint place)
    {
        try
        {
            using var socket = new Socket(place.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(place);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            throw new StartException($"Another program already listens on {url}. {Remedy}", e);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AccessDenied)
        {
            throw new StartException($"This user may not listen on {url}: ports below 1024 are root's. Choose a higher port in ASPNETCORE_URLS.", e);
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressNotAvailable && place.AddressFamily == AddressFamily.InterNetwork)
        {
            throw new StartException($"This machine has no address {place.Address}, which {url} asks for. Correct ASPNETCORE_URLS.", e);
        }
        catch (SocketException)
        {
            // A machine without IPv6, above all: the server itself decides whether it can do without.
        }
    }
}
