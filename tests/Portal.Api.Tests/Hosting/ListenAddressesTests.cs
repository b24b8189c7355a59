using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Configuration;
using Portal.Api.Hosting;
using Portal.Domain.Storage;

namespace Portal.Api.Tests.Hosting;

public sealed class ListenAddressesTests
{
    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://localhost:{0}")]
    [InlineData("http://*:{0}")]
    [InlineData("http://127.0.0.1:0;http://127.0.0.1:{0}")]
    public void A_port_that_somebody_else_listens_on_is_named_with_the_remedy(string urls)
    {
        using var taken = new TcpListener(IPAddress.Loopback, 0);
        taken.Start();
        var url = urls.Replace("{0}", $"{((IPEndPoint)taken.LocalEndpoint).Port}", StringComparison.Ordinal);

        var refused = Assert.Throws<StartException>(() => ListenAddresses.MustBeFree(Urls(url)));
        Assert.Contains($"Another program already listens on {url.Split(';')[^1]}", refused.Message, StringComparison.Ordinal);
        Assert.Contains("ASPNETCORE_URLS=", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}")]
    [InlineData("http://localhost:{0}")]
    public void A_free_port_is_no_trouble(string url)
    {
        int port;
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            port = ((IPEndPoint)free.LocalEndpoint).Port;
        }

        ListenAddresses.MustBeFree(Urls(url.Replace("{0}", $"{port}", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("nonsense", "no address to listen on")]
    [InlineData("http://192.0.2.77:5080", "no address 192.0.2.77")]
    public void An_address_that_cannot_be_is_said_to_be_one(string url, string said)
    {
        var refused = Assert.Throws<StartException>(() => ListenAddresses.MustBeFree(Urls(url)));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    private static IConfiguration Urls(string urls) =>
        new ConfigurationBuilder().AddInMemoryCollection([new KeyValuePair<string, string?>("URLS", urls)]).Build();
}
