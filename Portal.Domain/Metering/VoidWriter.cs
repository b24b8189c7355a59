using System.Buffers.Binary;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Npgsql;
using NpgsqlTypes;
using Portal.Domain.Accounts;
using Portal.Domain.Storage;
using Portal.Domain.Values;

namespace Portal.Domain.Metering;

/// <summary>An event that was taken back.</summary>
/// <param name="Customer">The customer's key.</param>
/// <param name="Id">The event's id.</param>
/// <param name="Time">When the event happened.</param>
/// <param name="Reason">Why it was taken back.</param>
/// <param name="VoidedAt">When, in business time.</param>
public sealed record VoidedEvent(string Customer, string Id, DateTimeOffset Time, string Reason, DateTimeOffset VoidedAt);

/// <summary>Takes events back: a record beside the event, which stays, and the buckets made anew without it.</summary>
public sealed class VoidWriter(IDbContextFactory<PortalDb> databases, Register register, BucketRebuild rebuild, UsageChanges changes, BusinessClock clock)
{
    /// <summary>The most characters of a reason.</summary>
    public const int ReasonMax = 500;

    private const string FindSql = "SELECT event_time FROM event_keys WHERE customer_id = $1 AND id_hash = $2";

    private const string FindVoidSql = "SELECT reason, voided_at FROM event_voids WHERE customer_id = $1 AND id_hash = $2 AND event_time = $3";

    private const string InsertSql = """
        INSERT INTO event_voids (customer_id, id_hash, event_time, reason, actor, voided_at, usage_version)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        """;

    /// <summary>Takes an event back; one that was taken back already stays as it is.</summary>
    /// <exception cref="Refusal">NotFound where the customer is not the caller's, or no event has this id within the dedupe window.</exception>
    public async Task<VoidedEvent> Void(Actor actor, string customerKey, string id, string reason, CancellationToken cancellation)
    {
        var customer = register.Now.Customer(actor, Permission.SendEvents, customerKey).Customer;
        await using var db = await databases.CreateDbContextAsync(cancellation);
        await using var transaction = await db.Database.BeginTransactionAsync(cancellation);
        var connection = (NpgsqlConnection)db.Database.GetDbConnection();
        var version = await BucketRebuild.RaiseVersion(connection, customer.Id, cancellation);

        var idHash = HashOf(id);
        if (await FindTime(connection, customer.Id, idHash, cancellation) is not { } time)
        {
            throw Refusal.NotFound("event", id);
        }

        if (await FindVoid(connection, customer.Id, idHash, time, cancellation) is { } voided)
        {
            return new VoidedEvent(customer.Key, id, time, voided.Reason, voided.At);
        }

        var made = new VoidedEvent(customer.Key, id, time, reason, clock.GetUtcNow());
        await Insert(connection, customer.Id, idHash, made, actor, version, cancellation);
        db.AuditEntries.Add(new AuditEntry
        {
            At = made.VoidedAt, Actor = actor.Name, CustomerId = customer.Id, Action = "event.void", Subject = id, Detail = reason,
        });
        await db.SaveChangesAsync(cancellation);
        await rebuild.Replace(connection, customer.Id, time, time.AddTicks(1), null, cancellation);
        await BucketRebuild.Notify(connection, customer.Id, cancellation);
        await transaction.CommitAsync(cancellation);
        changes.Announce([customer.Id]);
        return made;
    }

    private static Guid HashOf(string id)
    {
        Span<byte> hash = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(hash, EventCheck.IdHash(Encoding.UTF8.GetBytes(id)));
        return new Guid(hash, bigEndian: true);
    }

    private static async Task<DateTimeOffset?> FindTime(NpgsqlConnection connection, int customerId, Guid idHash, CancellationToken cancellation)
    {
        await using var find = new NpgsqlCommand(FindSql, connection) { Parameters = { new() { Value = customerId }, new() { Value = idHash } } };
        return await find.ExecuteScalarAsync(cancellation) is DateTime time ? new DateTimeOffset(time) : null;
    }

    private static async Task<(string Reason, DateTimeOffset At)?> FindVoid(NpgsqlConnection connection, int customerId, Guid idHash, DateTimeOffset time, CancellationToken cancellation)
    {
        await using var find = new NpgsqlCommand(FindVoidSql, connection)
        {
            Parameters = { new() { Value = customerId }, new() { Value = idHash }, new() { Value = time, NpgsqlDbType = NpgsqlDbType.TimestampTz } },
        };
        await using var rows = await find.ExecuteReaderAsync(cancellation);
        return await rows.ReadAsync(cancellation) ? (rows.GetString(0), rows.GetFieldValue<DateTimeOffset>(1)) : null;
    }

    private static async Task Insert(NpgsqlConnection connection, int customerId, Guid idHash, VoidedEvent made, Actor actor, long version, CancellationToken cancellation)
    {
        await using var insert = new NpgsqlCommand(InsertSql, connection);
        insert.Parameters.Add(new() { Value = customerId });
        insert.Parameters.Add(new() { Value = idHash });
        insert.Parameters.Add(new() { Value = made.Time, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        insert.Parameters.Add(new() { Value = made.Reason });
        insert.Parameters.Add(new() { Value = actor.Name });
        insert.Parameters.Add(new() { Value = made.VoidedAt, NpgsqlDbType = NpgsqlDbType.TimestampTz });
        insert.Parameters.Add(new() { Value = version });
        await insert.ExecuteNonQueryAsync(cancellation);
    }
}
