using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Portal.Domain.Alerts;

namespace Portal.Api.Smtp;

/// <summary>Writes each mail as a finished <c>.eml</c> file: the way out where no mail server is set.</summary>
/// <param name="folder">Where the files go; made where it is missing.</param>
public sealed class EmlMailer(string folder) : IMailer
{
    /// <inheritdoc />
    public async Task Send(Mail mail, CancellationToken cancellation)
    {
        var content = MimeText.Of(mail, eightBit: true).Content;

        // A repeat writes the same file again: one file per mail, however often it is tried.
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(mail.MessageId)))[..16];
        var name = Path.Combine(folder, mail.Date.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture) + $"-{hash}.eml");

        // Whoever watches the folder for .eml sees whole mails only.
        var aside = $"{name}.{Guid.NewGuid():N}.part";
        try
        {
            Directory.CreateDirectory(folder);
            await using (var file = new FileStream(aside, FileMode.CreateNew, FileAccess.Write))
            {
                await file.WriteAsync(content, cancellation);
                file.Flush(flushToDisk: true);
            }

            File.Move(aside, name, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new MailException($"The mail could not be written to {folder}: {e.Message}", isPermanent: false, e);
        }
        finally
        {
            if (File.Exists(aside))
            {
                File.Delete(aside);
            }
        }
    }
}
