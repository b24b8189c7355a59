using System.Globalization;
using Microsoft.AspNetCore.Http.HttpResults;
using Portal.Domain.Metering;

namespace Portal.Api.Metering;

/// <summary>Why a request with events failed as a whole.</summary>
internal enum EventFailure
{
    /// <summary>More bytes than a document may have.</summary>
    TooLarge,

    /// <summary>More events than a document may have.</summary>
    TooMany,

    /// <summary>Too much waits to be written.</summary>
    QueueFull,

    /// <summary>Neither the database nor the spool can take it.</summary>
    Unavailable,
}

/// <summary>Gathers what became of a request's events, and makes the answer of it.</summary>
internal sealed class EventReceipt
{
    /// <summary>The most rejected events that an answer shows.</summary>
    public const int RejectedShownMax = 1_000;

    private readonly List<Rejection> _rejected = [];
    private int _accepted;
    private int _duplicates;
    private int _rejectedCount;
    private int _noJson;
    private int _tooLong;
    private bool _isBuffered;
    private EventFailure? _failure;

    /// <summary>Whether nothing was kept yet.</summary>
    public bool IsFirst { get; private set; } = true;

    /// <summary>Counts a line that is no JSON; its rejection is in its batch.</summary>
    public void CountNoJson() => _noJson++;

    /// <summary>Counts a line that is too long; its rejection is in its batch.</summary>
    public void CountTooLong() => _tooLong++;

    /// <summary>Notes that the request failed as a whole.</summary>
    public void Fail(EventFailure failure) => _failure = failure;

    /// <summary>Takes in a batch that was written, or was not.</summary>
    public void Add(EventBatch batch, WriteOutcome outcome)
    {
        if (outcome is not (WriteOutcome.Stored or WriteOutcome.Buffered))
        {
            Fail(outcome == WriteOutcome.QueueFull ? EventFailure.QueueFull : EventFailure.Unavailable);
            return;
        }

        IsFirst = false;
        _isBuffered |= outcome == WriteOutcome.Buffered;
        _accepted += batch.Accepted;
        _duplicates += batch.Duplicates;
        _rejectedCount += batch.RejectedCount;
        _rejected.AddRange(batch.Rejected.Take(RejectedShownMax - _rejected.Count));
    }

    /// <summary>The answer, by the table of API.md.</summary>
    public IResult Answer(HttpContext context)
    {
        if (_failure is { } failure)
        {
            return Failed(context, failure);
        }

        var isAllRejected = _rejectedCount > 0 && _accepted + _duplicates == 0;
        if (!isAllRejected)
        {
            return _isBuffered
                ? TypedResults.Json(new BufferedEventsResponse(_accepted, _duplicates, _rejectedCount, _rejected, true), statusCode: StatusCodes.Status202Accepted)
                : TypedResults.Ok(new EventsResponse(_accepted, _duplicates, _rejectedCount, _rejected));
        }

        return _noJson == _rejectedCount ? Problem(context, 400, "invalid_json", $"No line is JSON. {_rejected[0].Message}")
            : _tooLong == _rejectedCount ? Problem(context, 413, "too_large", $"A line has at most {EventStream.LineMax / 1024} KiB.")
            : Problem(context, 422, "all_rejected", "Every event was rejected; 'rejected' says why. Nothing was stored.", withCounts: true);
    }

    private ProblemHttpResult Failed(HttpContext context, EventFailure failure)
    {
        var kept = IsFirst ? "Nothing of the request was kept: send it again."
            : string.Create(CultureInfo.InvariantCulture, $"The beginning of the stream is stored ({_accepted + _duplicates} events). Send all of it again: what is stored counts as duplicates.");
        if (failure is EventFailure.QueueFull or EventFailure.Unavailable)
        {
            context.Response.Headers.RetryAfter = failure == EventFailure.QueueFull ? "1" : "2";
        }

        return failure switch
        {
            EventFailure.TooLarge => Problem(context, 413, "too_large", $"A request has at most {EventBody.DocumentMax / 1024 / 1024} MiB after decompression. Send fewer events at once, or NDJSON, which has no bound."),
            EventFailure.TooMany => Problem(context, 413, "too_many_events", $"A request has at most {EventParser.EventsMax:N0} events. Send fewer at once, or NDJSON, which has no bound."),
            EventFailure.QueueFull => Problem(context, 429, "queue_full", $"More events wait to be written than there is room for. {kept}", withCounts: !IsFirst),
            EventFailure.Unavailable => Problem(context, 503, "database_away", $"Neither the database nor this machine's disk can take events at the moment. {kept}", withCounts: !IsFirst),
        };
    }

    private ProblemHttpResult Problem(HttpContext context, int status, string code, string detail, bool withCounts = false)
    {
        var problem = Problems.Of(context, status, code, detail);
        if (withCounts)
        {
            problem.Extensions["accepted"] = _accepted;
            problem.Extensions["duplicates"] = _duplicates;
            problem.Extensions["rejectedCount"] = _rejectedCount;
            problem.Extensions["rejected"] = _rejected;
        }

        return TypedResults.Problem(problem);
    }
}

/// <summary>What became of a request's events.</summary>
/// <param name="Accepted">How many are stored now.</param>
/// <param name="Duplicates">How many had been stored before.</param>
/// <param name="RejectedCount">How many were not taken.</param>
/// <param name="Rejected">The first 1,000 of these, in the order of the request.</param>
public sealed record EventsResponse(int Accepted, int Duplicates, int RejectedCount, IReadOnlyList<Rejection> Rejected);

/// <summary>What became of a request's events while the database is away: they are on this machine's disk, and reach the database by themselves.</summary>
/// <param name="Accepted">How many are kept now.</param>
/// <param name="Duplicates">How many had been stored before, as far as that was known: 0 unless a part of a stream was stored before the database went away.</param>
/// <param name="RejectedCount">How many were not taken.</param>
/// <param name="Rejected">The first 1,000 of these, in the order of the request.</param>
/// <param name="Buffered">True: on disk, not in the database yet.</param>
public sealed record BufferedEventsResponse(int Accepted, int Duplicates, int RejectedCount, IReadOnlyList<Rejection> Rejected, bool Buffered);
