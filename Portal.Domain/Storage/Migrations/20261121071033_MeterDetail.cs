using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class MeterDetail : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "event_types",
                table: "meters",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'[]'");

            migrationBuilder.Sql("""
                -- Which distinct values came in a UTC quarter-hour, and in how many events. By hash: values may be longer than an index entry.
                CREATE TABLE usage_values (
                    customer_id integer NOT NULL,
                    meter_id integer NOT NULL,
                    group_id integer NOT NULL,
                    start timestamptz NOT NULL,
                    value_hash uuid NOT NULL,
                    events bigint NOT NULL,
                    CONSTRAINT pk_usage_values PRIMARY KEY (customer_id, meter_id, start, group_id, value_hash)
                ) WITH (fillfactor = 80);

                -- The same by UTC day, so that a month is not read by the quarter-hour.
                CREATE TABLE usage_value_days (
                    customer_id integer NOT NULL,
                    meter_id integer NOT NULL,
                    group_id integer NOT NULL,
                    start timestamptz NOT NULL,
                    value_hash uuid NOT NULL,
                    events bigint NOT NULL,
                    CONSTRAINT pk_usage_value_days PRIMARY KEY (customer_id, meter_id, start, group_id, value_hash)
                ) WITH (fillfactor = 80);

                -- Beside the bucket of a meter that weighs by time: the sum of change x microseconds since the quarter-hour's start, in 10^-12 of the unit.
                CREATE TABLE usage_moments (
                    customer_id integer NOT NULL,
                    meter_id integer NOT NULL,
                    group_id integer NOT NULL,
                    start timestamptz NOT NULL,
                    moment numeric NOT NULL,
                    CONSTRAINT pk_usage_moments PRIMARY KEY (customer_id, meter_id, start, group_id)
                ) WITH (fillfactor = 80);
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TABLE usage_moments;
                DROP TABLE usage_value_days;
                DROP TABLE usage_values;
                """);
            migrationBuilder.DropColumn(
                name: "event_types",
                table: "meters");
        }
    }
}
