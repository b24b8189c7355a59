using System.Collections.Immutable;
using Microsoft.Extensions.Logging;

namespace Portal.Domain.Limits;

/// <summary>Who wants to hear of something within this process. One that fails keeps nobody else from hearing.</summary>
internal sealed class Listeners<T>(ILogger log)
{
    private ImmutableList<Action<T>> _listeners = [];

    /// <summary>Adds a listener, until what is returned is disposed.</summary>
    public IDisposable Add(Action<T> listener)
    {
        ImmutableInterlocked.Update(ref _listeners, listeners => listeners.Add(listener));
        return new Registration(() => ImmutableInterlocked.Update(ref _listeners, listeners => listeners.Remove(listener)));
    }

    /// <summary>Tells every listener, one after the other.</summary>
    public void Tell(T news)
    {
        foreach (var listener in Volatile.Read(ref _listeners))
        {
            try
            {
                listener(news);
            }
            catch (Exception failure)
            {
                log.LogError(failure, "A listener for {News} failed.", typeof(T).Name);
            }
        }
    }

    private sealed class Registration(Action remove) : IDisposable
    {
        public void Dispose() => remove();
    }
}
