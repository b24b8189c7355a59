using System.Text.Json;
using System.Text.Json.Serialization;
using System.Threading.Channels;
using Portal.Domain.Accounts;
using Portal.Domain.Limits;
using Portal.Domain.Storage;

namespace Portal.Api.Limits;

/// <summary>One caller's stream of changed access answers. A slow reader gets the newest answer of each customer, not all in between.</summary>
internal sealed class AccessStream(HttpContext context, Register register, PortalLinks links, JsonSerializerOptions json)
{
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(15);

    private readonly ApiKey _key = context.ApiKey();
    private readonly Lock _noting = new();
    private readonly Channel<bool> _noted = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private Dictionary<(string Customer, string Question), AccessChange> _pending = [];

    /// <summary>Takes in a change, where it is the caller's to see.</summary>
    public void Note(AccessChange change)
    {
        if (_key.CustomerId is { } own && own != change.Customer.Id)
        {
            return;
        }

        lock (_noting)
        {
            _pending[(change.Customer.Key, change.Question.Name)] = change;
        }

        _noted.Writer.TryWrite(true);
    }

    /// <summary>Writes changes as they come, and a sign of life between them, until the caller leaves, its key is revoked, or the host stops.</summary>
    public async Task Write(CancellationToken cancellation)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            await Send(": connected\n\n", cancellation);
            while (register.Now.Keys.ContainsKey(Convert.ToHexString(_key.Hash)))
            {
                if (await IsNoted(cancellation))
                {
                    foreach (var change in Take())
                    {
                        await Send($"event: access\ndata: {JsonSerializer.Serialize(AccessChangeResponse.Of(change, links), json)}\n\n", cancellation);
                    }
                }
                else
                {
                    await Send(": still here\n\n", cancellation);
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // The caller has left, or the host stops: the stream is over.
        }
    }

    private async Task<bool> IsNoted(CancellationToken cancellation)
    {
        try
        {
            // What has timed out here goes on waiting and takes nothing: the note is read below.
            await _noted.Reader.WaitToReadAsync(cancellation).AsTask().WaitAsync(s_heartbeat, cancellation);
            return _noted.Reader.TryRead(out _);
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private Dictionary<(string Customer, string Question), AccessChange>.ValueCollection Take()
    {
        lock (_noting)
        {
            (var taken, _pending) = (_pending, []);
            return taken.Values;
        }
    }

    private async Task Send(string text, CancellationToken cancellation)
    {
        await context.Response.WriteAsync(text, cancellation);
        await context.Response.Body.FlushAsync(cancellation);
    }
}

/// <summary>A customer's answer that is no longer what it was.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Feature">The feature that the answer is for; null for access in general.</param>
/// <param name="Allowed">Whether it may go on.</param>
/// <param name="Reason">Why not; null where it may.</param>
/// <param name="Limit">The limit that decides.</param>
/// <param name="Used">What is used of it.</param>
/// <param name="Remaining">What is left until access ends.</param>
/// <param name="ResetsAt">When the period ends.</param>
/// <param name="PortalUrl">Where a person sees and changes the limits.</param>
/// <param name="Meter">The meter that the answer is for; left out for none in particular.</param>
/// <param name="Match">The group that the answer is for, by its properties; left out for all.</param>
/// <param name="LimitKey">The limit on a part of usage that decides; left out for none.</param>
/// <param name="Note">What the figures hold for while the database is away and usage waits on the host's disk; left out otherwise.</param>
public sealed record AccessChangeResponse(
    string Customer, string? Feature, bool Allowed, AccessReason? Reason, decimal? Limit, decimal Used, decimal? Remaining, DateTimeOffset? ResetsAt, string PortalUrl,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Meter,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyDictionary<string, string>? Match,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? LimitKey,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Note)
{
    internal static AccessChangeResponse Of(AccessChange change, PortalLinks links) => new(
        change.Customer.Key, change.Question.Feature, change.Answer.Allowed, change.Answer.Reason, change.Answer.Limit, change.Answer.Used,
        change.Answer.Remaining, change.Answer.ResetsAt, links.Limits(change.Customer.Key), change.Question.Meter,
        change.Question.Match.Count == 0 ? null : change.Question.Match, change.Answer.LimitKey, change.Answer.Note);
}
