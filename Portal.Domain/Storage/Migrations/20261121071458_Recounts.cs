using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Recounts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Months that are taken out of the events table: not in anybody's way, and easily copied and dropped.
            migrationBuilder.Sql("CREATE SCHEMA archive");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "backfilled_at",
                table: "meters",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "counts_from",
                table: "meters",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "archived_months",
                columns: table => new
                {
                    month = table.Column<DateOnly>(type: "date", nullable: false),
                    table_name = table.Column<string>(type: "text", nullable: false),
                    archived_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_archived_months", x => x.month);
                });

            migrationBuilder.CreateTable(
                name: "recounts",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    meter_id = table.Column<int>(type: "integer", nullable: true),
                    actor = table.Column<string>(type: "text", nullable: false),
                    asked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    from = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    done_to = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    until = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    readings = table.Column<long>(type: "bigint", nullable: false),
                    differences = table.Column<long>(type: "bigint", nullable: false),
                    version = table.Column<long>(type: "bigint", nullable: false),
                    ended_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    error = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_recounts", x => x.id);
                    table.ForeignKey(
                        name: "fk_recounts_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_recounts_meters_meter_id",
                        column: x => x.meter_id,
                        principalTable: "meters",
                        principalColumn: "id");
                });

            migrationBuilder.CreateIndex(
                name: "ix_recounts_meter_id_customer_id",
                table: "recounts",
                columns: new[] { "meter_id", "customer_id" });

            migrationBuilder.CreateIndex(
                name: "ix_recounts_open",
                table: "recounts",
                column: "id",
                filter: "ended_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ux_recounts_backfill",
                table: "recounts",
                columns: new[] { "customer_id", "meter_id" },
                unique: true,
                filter: "ended_at IS NULL AND meter_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ux_recounts_rebuild",
                table: "recounts",
                column: "customer_id",
                unique: true,
                filter: "ended_at IS NULL AND meter_id IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP SCHEMA archive CASCADE");

            migrationBuilder.DropTable(
                name: "archived_months");

            migrationBuilder.DropTable(
                name: "recounts");

            migrationBuilder.DropColumn(
                name: "backfilled_at",
                table: "meters");

            migrationBuilder.DropColumn(
                name: "counts_from",
                table: "meters");
        }
    }
}
