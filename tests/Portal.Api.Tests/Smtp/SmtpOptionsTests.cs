using Microsoft.Extensions.Configuration;
using Portal.Api.Smtp;
using Portal.Domain.Storage;

namespace Portal.Api.Tests.Smtp;

public sealed class SmtpOptionsTests
{
    [Fact]
    public void Without_settings_there_is_no_server()
    {
        var options = Read();
        Assert.Equal(("", 25, false), (options.Host, options.Port, options.Tls));
    }

    [Fact]
    public void A_server_is_read_with_its_login()
    {
        var options = Read("Host=mail.example.com", "Port=465", "User=portal", "Password=x", "Tls=true");
        Assert.Equal(("mail.example.com", 465, "portal", "x"), (options.Host, options.Port, options.User, options.Password));
        Assert.True(options.IsTlsFromTheStart);
    }

    [Theory]
    [InlineData("Port is 0", "Host=h", "Port=0")]
    [InlineData("Port is 70000", "Host=h", "Port=70000")]
    [InlineData("Port is a number", "Host=h", "Port=smtp")]
    [InlineData("Tls is true or false", "Host=h", "Tls=yes please")]
    [InlineData("User is set without", "Host=h", "User=u")]
    [InlineData("Password is set without", "Host=h", "Password=p")]
    [InlineData("Name the mail server", "User=u", "Password=p")]
    public void Settings_that_make_no_sense_are_refused_with_the_remedy(string said, params string[] settings)
    {
        var refused = Assert.Throws<StartException>(() => Read(settings));
        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }

    private static SmtpOptions Read(params string[] settings) => SmtpOptions.Read(new ConfigurationBuilder()
        .AddInMemoryCollection(settings.Select(setting => setting.Split('=', 2)).Select(pair => new KeyValuePair<string, string?>("Portal:Email:Smtp:" + pair[0], pair[1])))
        .Build());
}
