using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class ForecastsAndSpikes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "forecasts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    subscription_id = table.Column<int>(type: "integer", nullable: false),
                    period_start = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    period_end = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    interval = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    day = table.Column<int>(type: "integer", nullable: false),
                    made_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    low = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    expected = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    high = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    scored_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    actual = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_forecasts", x => x.id);
                    table.ForeignKey(
                        name: "fk_forecasts_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_forecasts_subscriptions_subscription_id",
                        column: x => x.subscription_id,
                        principalTable: "subscriptions",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "spike_rules",
                columns: table => new
                {
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    percent = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    floor = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    on = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_spike_rules", x => x.customer_id);
                    table.CheckConstraint("ck_spike_rules_percent", "percent > 0 AND floor >= 0");
                    table.ForeignKey(
                        name: "fk_spike_rules_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "spikes",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    found_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    window_start = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    value = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    baseline = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    highest = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    rule_percent = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    message_id = table.Column<string>(type: "text", nullable: false),
                    link_hash = table.Column<byte[]>(type: "bytea", nullable: false),
                    resumed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    resumed_by = table.Column<string>(type: "text", nullable: true),
                    false_positive_by = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_spikes", x => x.id);
                    table.ForeignKey(
                        name: "fk_spikes_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "forecast_quantities",
                columns: table => new
                {
                    forecast_id = table.Column<long>(type: "bigint", nullable: false),
                    meter_id = table.Column<int>(type: "integer", nullable: false),
                    so_far = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    remaining = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    actual = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_forecast_quantities", x => new { x.forecast_id, x.meter_id });
                    table.ForeignKey(
                        name: "fk_forecast_quantities_forecasts_forecast_id",
                        column: x => x.forecast_id,
                        principalTable: "forecasts",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_forecast_quantities_meters_meter_id",
                        column: x => x.meter_id,
                        principalTable: "meters",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_forecast_quantities_meter_id",
                table: "forecast_quantities",
                column: "meter_id");

            migrationBuilder.CreateIndex(
                name: "ix_forecasts_customer_id_period_start_day",
                table: "forecasts",
                columns: new[] { "customer_id", "period_start", "day" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_forecasts_interval_day",
                table: "forecasts",
                columns: new[] { "interval", "day" });

            migrationBuilder.CreateIndex(
                name: "ix_forecasts_period_end",
                table: "forecasts",
                column: "period_end",
                filter: "scored_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_forecasts_scored_at",
                table: "forecasts",
                column: "scored_at");

            migrationBuilder.CreateIndex(
                name: "ix_forecasts_subscription_id",
                table: "forecasts",
                column: "subscription_id");

            migrationBuilder.CreateIndex(
                name: "ix_spikes_customer_id",
                table: "spikes",
                column: "customer_id",
                unique: true,
                filter: "resumed_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_spikes_customer_id_found_at",
                table: "spikes",
                columns: new[] { "customer_id", "found_at" });

            migrationBuilder.CreateIndex(
                name: "ix_spikes_link_hash",
                table: "spikes",
                column: "link_hash",
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "forecast_quantities");

            migrationBuilder.DropTable(
                name: "spike_rules");

            migrationBuilder.DropTable(
                name: "spikes");

            migrationBuilder.DropTable(
                name: "forecasts");
        }
    }
}
