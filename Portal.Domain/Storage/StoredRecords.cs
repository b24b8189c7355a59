using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata.Builders;

namespace Portal.Domain.Storage;

/// <summary>The sandbox clock's last setting: the business instant that was set, and the machine's instant at which it was.</summary>
public sealed class ClockSetting
{
    /// <summary>Always 1: there is one clock.</summary>
    public int Id { get; init; } = 1;

    /// <summary>The business instant.</summary>
    public required DateTimeOffset Business { get; set; }

    /// <summary>The machine's instant at which it was set.</summary>
    public required DateTimeOffset Machine { get; set; }
}

/// <summary>What was answered to an Idempotency-Key, kept 35 days on the machine's clock.</summary>
public sealed class IdempotentAnswer
{
    /// <summary>The API key that sent it; a key's owner cannot collide with another's.</summary>
    public required Guid ApiKeyId { get; init; }

    /// <summary>The Idempotency-Key.</summary>
    public required string Key { get; init; }

    /// <summary>SHA-256 of method, path and body, to tell a replay from a reuse.</summary>
    public required byte[] RequestHash { get; init; }

    /// <summary>The HTTP status of the answer; 0 while the first request is under way.</summary>
    public int Status { get; set; }

    /// <summary>The answer's body.</summary>
    public string Body { get; set; } = "";

    /// <summary>The answer's content type.</summary>
    public string ContentType { get; set; } = "";

    /// <summary>When it was made, on the machine's clock.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>One run of a job: kept so that the jobs page never hides a failure.</summary>
public sealed class JobRun
{
    /// <summary>The database's own number.</summary>
    public long Id { get; private set; }

    /// <summary>The job's name.</summary>
    public required string Job { get; init; }

    /// <summary>When it started, on the machine's clock.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When it ended, on the machine's clock; null while it runs, or where its process died.</summary>
    public DateTimeOffset? EndedAt { get; set; }

    /// <summary>How many things it did; runs that found nothing to do are not kept.</summary>
    public int Done { get; set; }

    /// <summary>What went wrong, in words; null where nothing did.</summary>
    public string? Error { get; set; }

    /// <summary>The machine that ran it.</summary>
    public required string Node { get; init; }
}

/// <summary>A Data Protection key, so that every node reads every node's cookies.</summary>
public sealed class DataProtectionKey
{
    /// <summary>The key's own name.</summary>
    public required string Name { get; init; }

    /// <summary>The key as XML.</summary>
    public required string Xml { get; init; }
}

internal sealed class ClockSettingTable : IEntityTypeConfiguration<ClockSetting>
{
    public void Configure(EntityTypeBuilder<ClockSetting> table)
    {
        table.ToTable("clock_setting", rules => rules.HasCheckConstraint("ck_clock_setting_one", "id = 1")).HasKey(setting => setting.Id);
        table.Property(setting => setting.Id).ValueGeneratedNever();
    }
}

internal sealed class IdempotentAnswersTable : IEntityTypeConfiguration<IdempotentAnswer>
{
    public void Configure(EntityTypeBuilder<IdempotentAnswer> table)
    {
        table.ToTable("idempotent_answers").HasKey(answer => new { answer.ApiKeyId, answer.Key });
        table.HasIndex(answer => answer.CreatedAt);
    }
}

internal sealed class JobRunsTable : IEntityTypeConfiguration<JobRun>
{
    public void Configure(EntityTypeBuilder<JobRun> table)
    {
        table.ToTable("job_runs").HasKey(run => run.Id);
        table.HasIndex(run => new { run.Job, run.StartedAt });
    }
}

internal sealed class DataProtectionKeysTable : IEntityTypeConfiguration<DataProtectionKey>
{
    public void Configure(EntityTypeBuilder<DataProtectionKey> table) =>
        table.ToTable("data_protection_keys").HasKey(key => key.Name);
}
