using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class LimitsOnPartsOfUsage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<bool>(
                name: "forecast_alert",
                table: "spending_limits",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "recovered_at",
                table: "alerts",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "forgiven_parts",
                columns: table => new
                {
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    limit_key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    period_start = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    amount = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_forgiven_parts", x => new { x.customer_id, x.limit_key, x.period_start });
                    table.ForeignKey(
                        name: "fk_forgiven_parts_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "usage_limits",
                columns: table => new
                {
                    id = table.Column<int>(type: "integer", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    key = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: false),
                    meter = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    feature = table.Column<string>(type: "character varying(64)", maxLength: 64, nullable: true),
                    match = table.Column<string>(type: "jsonb", nullable: false),
                    amount = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: true),
                    quantity = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: true),
                    kind = table.Column<string>(type: "character varying(8)", maxLength: 8, nullable: false),
                    soft_percent = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    alerts = table.Column<int[]>(type: "integer[]", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_usage_limits", x => x.id);
                    table.CheckConstraint("ck_usage_limits_measure", "num_nonnulls(amount, quantity) = 1");
                    table.ForeignKey(
                        name: "fk_usage_limits_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_usage_limits_customer_id_key",
                table: "usage_limits",
                columns: new[] { "customer_id", "key" },
                unique: true);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "forgiven_parts");

            migrationBuilder.DropTable(
                name: "usage_limits");

            migrationBuilder.DropColumn(
                name: "forecast_alert",
                table: "spending_limits");

            migrationBuilder.DropColumn(
                name: "recovered_at",
                table: "alerts");
        }
    }
}
