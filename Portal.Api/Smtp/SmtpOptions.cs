using Portal.Domain.Storage;

namespace Portal.Api.Smtp;

/// <summary>The mail server, from the settings <c>Portal:Email:Smtp:*</c>.</summary>
public sealed class SmtpOptions
{
    private const int ImplicitTlsPort = 465;

    /// <summary>The server's name or address; empty where mails are written as files.</summary>
    public string Host { get; set; } = "";

    /// <summary>25, 587 or 465 as a rule.</summary>
    public int Port { get; set; } = 25;

    /// <summary>The login; empty for none.</summary>
    public string User { get; set; } = "";

    /// <summary>The login's password.</summary>
    public string Password { get; set; } = "";

    /// <summary>Whether the mail may travel encrypted only: by STARTTLS, on port 465 from the first byte.</summary>
    public bool Tls { get; set; }

    /// <summary>Whether encryption begins before the server's greeting.</summary>
    public bool IsTlsFromTheStart => Tls && Port == ImplicitTlsPort;

    /// <summary>Reads the settings.</summary>
    /// <exception cref="StartException">They make no sense; the message says what to change.</exception>
    public static SmtpOptions Read(IConfiguration configuration)
    {
        const string section = "Portal:Email:Smtp";
        SmtpOptions options;
        try
        {
            options = configuration.GetSection(section).Get<SmtpOptions>() ?? new SmtpOptions();
        }
        catch (InvalidOperationException e)
        {
            throw new StartException($"A setting below {section} cannot be read: {e.Message} Port is a number, Tls is true or false.", e);
        }

        return options switch
        {
            { Host: "", User: not "" } => throw new StartException($"{section}:User is set, but {section}:Host is not. Name the mail server, or remove the login."),
            { Port: < 1 or > 65535 } => throw new StartException($"{section}:Port is {options.Port}, which is no port. Use 25, 587 or 465."),
            { User: not "", Password: "" } => throw new StartException($"{section}:User is set without {section}:Password. Set both or neither."),
            { User: "", Password: not "" } => throw new StartException($"{section}:Password is set without {section}:User. Set both or neither."),
            _ => options,
        };
    }
}
