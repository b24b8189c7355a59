using Portal.Domain.Values;

namespace Portal.Domain.Storage;

/// <summary>How the database stands, as this process sees it.</summary>
public enum DatabaseStanding
{
    /// <summary>It answers and takes what is written.</summary>
    There,

    /// <summary>It answers, but takes no events: it is read-only, full, or has come back just now.</summary>
    Answers,

    /// <summary>It does not answer.</summary>
    Away,
}

/// <summary>Whether the database is there: known to everybody at once, so that not each has to wait for it in vain.</summary>
public sealed class DatabaseState(BusinessClock clock)
{
    private readonly Lock _access = new();
    private volatile Stand _stand = new(DatabaseStanding.There, false, null, null);
    private volatile bool _isPrepared;

    /// <summary>Raised after the standing changed; handlers must be quick and must not throw.</summary>
    public event Action? Changed;

    /// <summary>How it stands.</summary>
    public DatabaseStanding Standing => _stand.Standing;

    /// <summary>Whether it takes what is written.</summary>
    public bool IsThere => _stand.Standing == DatabaseStanding.There;

    /// <summary>Up to when figures are complete, in business time; null while they go on.</summary>
    public DateTimeOffset? Since => _stand.Since;

    /// <summary>Why it does not take what is written, in a sentence for the operator; null while it does.</summary>
    public string? Reason => _stand.Reason;

    /// <summary>Whether its tables are those of this version: nothing is written before.</summary>
    public bool IsPrepared => _isPrepared;

    /// <summary>Takes note that its tables are those of this version.</summary>
    public void Prepare() => _isPrepared = true;

    /// <summary>Whether it answers and takes small commits, so that it is worth while to try it with events.</summary>
    public bool IsWorthTrying => _stand is { Standing: DatabaseStanding.Answers, TakesCommits: true };

    /// <summary>Takes note that it does not answer.</summary>
    public void Lose(string reason) => Move(DatabaseStanding.Away, false, reason);

    /// <summary>Takes note that it answers and takes nothing.</summary>
    public void Close(string reason) => Move(DatabaseStanding.Answers, false, reason);

    /// <summary>Takes note that it did not take events. Whether it answers is for the probe to say.</summary>
    public void Doubt(string reason)
    {
        if (Standing != DatabaseStanding.Away)
        {
            Move(DatabaseStanding.Answers, false, reason);
        }
    }

    /// <summary>Takes note that it answers again and takes small commits; whether it takes events is to be tried.</summary>
    public void Hope() => Move(DatabaseStanding.Answers, true, "It has come back just now.");

    /// <summary>Takes note that it takes what is written again.</summary>
    public void Return() => Move(DatabaseStanding.There, false, null);

    private void Move(DatabaseStanding standing, bool takesCommits, string? reason)
    {
        lock (_access)
        {
            var before = _stand;
            _stand = new Stand(standing, takesCommits, reason, standing == DatabaseStanding.There ? null : before.Since ?? clock.GetUtcNow());
            if (before.Standing == standing && before.TakesCommits == takesCommits)
            {
                return;
            }
        }

        Changed?.Invoke();
    }

    private sealed record Stand(DatabaseStanding Standing, bool TakesCommits, string? Reason, DateTimeOffset? Since);
}
