using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Portal.Domain.Storage.Migrations;

/// <summary>The tables that Metering writes in bulk. They are partitioned and have no entity, so the model does not know them.</summary>
[DbContext(typeof(PortalDb))]
[Migration("20261121043000_EventTables")]
public sealed class EventTables : Migration
{
    /// <inheritdoc />
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        -- Written once, never changed. Months are added by PartitionRun; what has no month yet lands in the default partition.
        CREATE TABLE events (
            customer_id integer NOT NULL,
            time timestamptz NOT NULL,
            received_at timestamptz NOT NULL,
            usage_version bigint NOT NULL,
            billable boolean NOT NULL,
            id text COLLATE "C" NOT NULL,
            type text COLLATE "C" NOT NULL,
            properties jsonb NOT NULL
        ) PARTITION BY RANGE (time);
        CREATE INDEX ix_events_customer_id_time ON events (customer_id, time);
        CREATE TABLE events_default PARTITION OF events DEFAULT;

        -- Makes an id unique whatever its timestamp. The order of receipt is the order on disk, so a BRIN index finds what to prune.
        CREATE TABLE event_keys (
            customer_id integer NOT NULL,
            id_hash uuid NOT NULL,
            content_hash bigint NOT NULL,
            event_time timestamptz NOT NULL,
            received_at timestamptz NOT NULL,
            CONSTRAINT pk_event_keys PRIMARY KEY (customer_id, id_hash)
        ) PARTITION BY HASH (customer_id, id_hash);
        DO $$
        BEGIN
            FOR part IN 0..7 LOOP
                EXECUTE format('CREATE TABLE event_keys_%s PARTITION OF event_keys FOR VALUES WITH (MODULUS 8, REMAINDER %s)', part, part);
            END LOOP;
        END $$;
        CREATE INDEX ix_event_keys_received_at ON event_keys USING brin (received_at) WITH (pages_per_range = 32);

        -- The values may be longer than an index entry, so their hash makes them unique.
        CREATE TABLE usage_groups (
            id integer GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_usage_groups PRIMARY KEY,
            customer_id integer NOT NULL,
            meter_id integer NOT NULL,
            values text[] NOT NULL,
            values_hash uuid NOT NULL,
            CONSTRAINT ak_usage_groups UNIQUE (customer_id, meter_id, values_hash)
        );

        -- What each UTC quarter-hour adds up to. Room is left on each page, so that the row that is being added to stays on its page.
        CREATE TABLE usage_buckets (
            customer_id integer NOT NULL,
            meter_id integer NOT NULL,
            group_id integer NOT NULL,
            start timestamptz NOT NULL,
            events bigint NOT NULL,
            sum numeric NOT NULL,
            min numeric NOT NULL,
            max numeric NOT NULL,
            last_time timestamptz NOT NULL,
            last_value numeric NOT NULL,
            CONSTRAINT pk_usage_buckets PRIMARY KEY (customer_id, meter_id, start, group_id)
        ) WITH (fillfactor = 80);

        -- Events that were taken back. The event stays, so that a number can still be explained.
        CREATE TABLE event_voids (
            customer_id integer NOT NULL,
            id_hash uuid NOT NULL,
            event_time timestamptz NOT NULL,
            reason text NOT NULL,
            actor text NOT NULL,
            voided_at timestamptz NOT NULL,
            usage_version bigint NOT NULL,
            CONSTRAINT pk_event_voids PRIMARY KEY (customer_id, id_hash, event_time)
        );
        CREATE INDEX ix_event_voids_customer_id_event_time ON event_voids (customer_id, event_time);
        """);

    /// <inheritdoc />
    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        DROP TABLE event_voids;
        DROP TABLE usage_buckets;
        DROP TABLE usage_groups;
        DROP TABLE event_keys;
        DROP TABLE events;
        """);
}
