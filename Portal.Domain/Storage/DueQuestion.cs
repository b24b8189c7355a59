using System.Globalization;
using Npgsql;

namespace Portal.Domain.Storage;

/// <summary>How a kind of work asks when its next piece falls due. All kinds ask together, in one round trip: a walk of the clock asks at every stop.</summary>
public sealed class DueQuestion
{
    private readonly FormattableString _sql;
    private readonly Func<NpgsqlDataReader, CancellationToken, Task<DateTimeOffset?>> _answer;

    private DueQuestion(FormattableString sql, Func<NpgsqlDataReader, CancellationToken, Task<DateTimeOffset?>> answer) => (_sql, _answer) = (sql, answer);

    /// <summary>Memory tells; the database is asked for nothing.</summary>
    /// <param name="due">The instant; null where nothing is planned.</param>
    public static DueQuestion Known(DateTimeOffset? due) => new($"SELECT", (_, _) => Task.FromResult(due));

    /// <summary>Asks for the instant itself.</summary>
    /// <param name="sql">A query of one instant, or of NULL where nothing is planned; its values become parameters.</param>
    public static DueQuestion Of(FormattableString sql) => new(sql, async (rows, cancellation) =>
        await rows.ReadAsync(cancellation) && !await rows.IsDBNullAsync(0, cancellation) ? await rows.GetFieldValueAsync<DateTimeOffset>(0, cancellation) : null);

    /// <summary>Asks for what the instant follows from.</summary>
    /// <param name="sql">A query; its values become parameters.</param>
    /// <param name="row">Reads a row.</param>
    /// <param name="answer">Makes the instant of them; null where nothing is planned.</param>
    public static DueQuestion Of<T>(FormattableString sql, Func<NpgsqlDataReader, T> row, Func<IReadOnlyList<T>, DateTimeOffset?> answer) => new(sql, async (rows, cancellation) =>
    {
        var all = new List<T>();
        while (await rows.ReadAsync(cancellation))
        {
            all.Add(row(rows));
        }

        return answer(all);
    });

    /// <summary>Asks all of them at once.</summary>
    /// <param name="connection">An open one, best the same each time: the questions are the same at every stop, and it parses and plans them once.</param>
    /// <param name="questions">One of each kind of work.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>The instants in business time, in the questions' order; one that has passed means now, and null that nothing is planned.</returns>
    public static async Task<DateTimeOffset?[]> Ask(NpgsqlConnection connection, IReadOnlyList<DueQuestion> questions, CancellationToken cancellation)
    {
        await using var batch = connection.CreateBatch();
        foreach (var question in questions)
        {
            batch.BatchCommands.Add(Command(question._sql));
        }

        await batch.PrepareAsync(cancellation);
        await using var rows = await batch.ExecuteReaderAsync(cancellation);
        var dues = new DateTimeOffset?[questions.Count];
        for (var i = 0; i < dues.Length; i++)
        {
            dues[i] = await questions[i]._answer(rows, cancellation);
            await rows.NextResultAsync(cancellation);
        }

        return dues;
    }

    private static NpgsqlBatchCommand Command(FormattableString sql)
    {
        var command = new NpgsqlBatchCommand(string.Format(CultureInfo.InvariantCulture, sql.Format, [.. Enumerable.Range(1, sql.ArgumentCount).Select(n => (object)$"${n}")]));
        foreach (var value in sql.GetArguments())
        {
            command.Parameters.Add(new NpgsqlParameter { Value = value });
        }

        return command;
    }
}
