using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Portal.Domain.Alerts;
using Portal.Domain.Storage;

namespace Portal.Api.Alerts;

/// <summary>Posts webhooks over HTTP: to addresses that were checked after the name was resolved, without redirects, within ten seconds.</summary>
/// <remarks>A name is resolved once and the connection goes to the very address that was checked, so that no second answer of a name server can lead it inside.</remarks>
public sealed class HttpWebhookSender : IWebhookSender, IDisposable
{
    private const int AnswerMax = 64 * 1024;
    private const int AnswerKept = 1_000;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;

    /// <summary>Makes the sender.</summary>
    /// <param name="options">Whether private addresses are allowed.</param>
    public HttpWebhookSender(PortalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var allowPrivate = options.Webhooks.AllowPrivate is true;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.FromMinutes(1),
            ConnectCallback = (context, cancellation) => Connect(context.DnsEndPoint, allowPrivate, cancellation),
        })
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        _client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Portal-Webhooks", "1"));
    }

    /// <inheritdoc />
    public async Task<WebhookAnswer> Send(Uri url, byte[] body, IReadOnlyDictionary<string, string> headers, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(headers);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        patience.CancelAfter(s_patience);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ByteArrayContent(body) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            foreach (var (name, value) in headers)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }

            using var answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, patience.Token);
            var status = (int)answer.StatusCode;
            var text = await Beginning(answer.Content, patience.Token);
            return new WebhookAnswer(status, text, answer.IsSuccessStatusCode ? null
                : status is >= 300 and < 400 ? $"It answered {status}, a redirect, which is not followed: save the address that it leads to."
                : $"It answered {status}; anything but 2xx counts as not delivered.");
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new WebhookAnswer(null, null, $"It did not answer within {s_patience.TotalSeconds:0} seconds.");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or SocketException or RefusedAddressException)
        {
            return new WebhookAnswer(null, null, failure.InnerException is RefusedAddressException refused ? refused.Message : $"It could not be reached: {failure.Message}");
        }
    }

    /// <inheritdoc />
    public void Dispose() => _client.Dispose();

    private static async ValueTask<Stream> Connect(DnsEndPoint target, bool allowPrivate, CancellationToken cancellation)
    {
        var addresses = await Dns.GetHostAddressesAsync(target.Host, cancellation);

        // One address inside is enough to refuse: which of several is taken must not be left to chance.
        if (!allowPrivate && !addresses.All(PublicAddress.Is))
        {
            throw new RefusedAddressException($"{target.Host} leads to an address that is not on the public internet, so nothing was sent.");
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    // Whoever answers without end is cut off, and no more than the beginning is kept.
    private static async Task<string?> Beginning(HttpContent content, CancellationToken cancellation)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[AnswerMax];
        var length = await stream.ReadAtLeastAsync(buffer, AnswerMax, throwOnEndOfStream: false, cancellation);
        var text = new string([.. Encoding.UTF8.GetString(buffer, 0, length).Where(character => !char.IsControl(character) || character is '\n' or '\t')]);
        return text.Length == 0 ? null : text[..Math.Min(text.Length, AnswerKept)];
    }

    private sealed class RefusedAddressException(string message) : Exception(message);
}
