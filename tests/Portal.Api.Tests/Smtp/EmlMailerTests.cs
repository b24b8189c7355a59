using System.Text;
using Portal.Api.Smtp;
using Portal.Domain.Alerts;

namespace Portal.Api.Tests.Smtp;

public sealed class EmlMailerTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("portal-mail-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_mail_is_a_file_that_another_program_reads()
    {
        var mail = SampleMail.Plain();
        var read = await ParsedMail.Of(await Written(mail));

        Assert.Empty(read.Defects);
        Assert.Equal("multipart/alternative", read.ContentType);
        Assert.Equal("billing@portal.example", read.Headers["From"]);
        Assert.Equal("jane@acme.example", read.Headers["To"]);
        Assert.Equal("80 % of your limit is used", read.Headers["Subject"]);
        Assert.Equal("Thu, 05 Feb 2026 10:30:00 +0000", read.Headers["Date"]);
        Assert.Equal("<alert-17@portal.example>", read.Headers["Message-ID"]);
        Assert.Equal("limit", read.Headers["Portal-Alert"]);
        Assert.Equal(mail.Text, read.Text);
        Assert.Equal(mail.Html, read.Html);
    }

    [Fact]
    public async Task Every_script_survives_in_names_subjects_and_bodies()
    {
        var mail = SampleMail.Foreign();
        var content = await Written(mail);
        var read = await ParsedMail.Of(content);

        Assert.Empty(read.Defects);
        Assert.Equal("\"Müller & Söhne, GmbH\" <billing@portal.example>", read.Headers["From"]);
        Assert.Equal("Jürgen 山田 <jane@acme.example>", read.Headers["To"]);
        Assert.Equal(mail.Subject, read.Headers["Subject"]);
        Assert.Equal(mail.Text, read.Text);
        Assert.Equal(mail.Html, read.Html);

        var header = Encoding.UTF8.GetString(content).Split("\r\n\r\n")[0];
        Assert.True(Ascii.IsValid(header), header);
        Assert.All(header.Split("\r\n"), line => Assert.InRange(line.Length, 1, 76));
    }

    [Fact]
    public async Task Lines_end_with_CRLF_and_none_is_too_long_for_a_mail_server()
    {
        var text = Encoding.UTF8.GetString(await Written(SampleMail.Foreign()));
        Assert.DoesNotContain('\n', text.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.DoesNotContain('\r', text.Replace("\r\n", "", StringComparison.Ordinal));
        Assert.All(text.Split("\r\n"), line => Assert.InRange(Encoding.UTF8.GetByteCount(line), 0, 998));
    }

    [Fact]
    public async Task A_line_break_in_a_name_makes_no_header_of_its_own()
    {
        var read = await ParsedMail.Of(await Written(SampleMail.Plain() with { Subject = "Hello\r\nBcc: everybody@example.com" }));
        Assert.DoesNotContain("Bcc", read.Headers.Keys);
        Assert.Equal("Hello  Bcc: everybody@example.com", read.Headers["Subject"]);
    }

    [Fact]
    public async Task Sending_a_mail_again_leaves_one_file()
    {
        var first = await Written(SampleMail.Plain());
        var again = await Written(SampleMail.Plain());
        Assert.Equal(first, again);
        await new EmlMailer(_folder).Send(SampleMail.Plain() with { MessageId = "alert-18@portal.example" }, CancellationToken.None);
        Assert.Equal(2, Directory.GetFileSystemEntries(_folder).Length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("jane")]
    [InlineData("jané@acme.example")]
    public async Task An_address_that_is_none_is_refused_for_good(string to)
    {
        var refused = await Assert.ThrowsAsync<MailException>(() => Written(SampleMail.Plain() with { To = to }));
        Assert.True(refused.IsPermanent);
        Assert.Contains($"The recipient's address '{to}'", refused.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task A_domain_in_another_script_travels_in_its_ASCII_form()
    {
        var read = await ParsedMail.Of(await Written(SampleMail.Plain() with { To = "jane@müller.example" }));
        Assert.Equal("jane@xn--mller-kva.example", read.Headers["To"]);
    }

    [Fact]
    public async Task A_folder_that_cannot_be_written_is_worth_another_attempt()
    {
        var file = Path.Combine(_folder, "taken");
        await File.WriteAllTextAsync(file, "");
        var refused = await Assert.ThrowsAsync<MailException>(() => new EmlMailer(Path.Combine(file, "mail")).Send(SampleMail.Plain(), CancellationToken.None));
        Assert.False(refused.IsPermanent);
    }

    private async Task<byte[]> Written(Mail mail)
    {
        await new EmlMailer(_folder).Send(mail, CancellationToken.None);
        return await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(_folder, "*.eml")));
    }
}
