using Portal.Domain.Alerts;

namespace Portal.Api.Smtp;

/// <summary>Registers the way out for mail.</summary>
public static class MailRegistration
{
    /// <summary>Adds the mail server of the settings, or files in <c>&lt;dataFolder&gt;/mail</c> where none is named.</summary>
    /// <exception cref="Portal.Domain.Storage.StartException">The settings make no sense.</exception>
    public static void AddMail(this IServiceCollection services, IConfiguration configuration, string dataFolder)
    {
        var options = SmtpOptions.Read(configuration);
        IMailer mailer = options.Host.Length > 0 ? new SmtpMailer(options) : new EmlMailer(Path.Combine(Path.GetFullPath(dataFolder), "mail"));
        services.AddSingleton(mailer);
    }
}
