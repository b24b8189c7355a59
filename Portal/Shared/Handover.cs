using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.Caching.Memory;

namespace Portal.Shared;

/// <summary>Carries what was read while a page was prerendered over to its circuit: it is read once per visit, and nothing flickers.</summary>
/// <remarks>
/// Only a token travels through the browser; the value waits in this process for <see cref="s_wait"/> and is taken once. Where it is gone
/// (another node, a slow network), the page reads again.
/// </remarks>
public sealed class Handover(PersistentComponentState state, IMemoryCache waiting)
{
    private static readonly TimeSpan s_wait = TimeSpan.FromSeconds(30);

    /// <summary>Hands a value over when the prerendered page is sent; dispose of the answer with the component.</summary>
    /// <param name="name">Tells the parts of one page apart.</param>
    /// <param name="value">Asked for at that moment; null hands nothing over.</param>
    public IDisposable Offer(string name, Func<object?> value) => state.RegisterOnPersisting(() =>
    {
        if (value() is { } found)
        {
            var token = Guid.NewGuid();
            waiting.Set(token, found, s_wait);
            state.PersistAsJson(name, token);
        }

        return Task.CompletedTask;
    });

    /// <summary>Takes what prerendering has left; null where there is nothing.</summary>
    public T? Take<T>(string name)
        where T : class
    {
        if (!state.TryTakeFromJson<Guid>(name, out var token) || !waiting.TryGetValue(token, out T? value))
        {
            return null;
        }

        waiting.Remove(token);
        return value;
    }
}
