using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class StripeAndPromises : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "look_at",
                table: "payment_webhooks",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "signed_at",
                table: "payment_webhooks",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "expiry_month",
                table: "payment_methods",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "expiry_notice_days",
                table: "payment_methods",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "expiry_year",
                table: "payment_methods",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "promise_note",
                table: "invoices",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "promised_until",
                table: "invoices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "card_sessions",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    gateway = table.Column<string>(type: "text", nullable: false),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    account = table.Column<string>(type: "text", nullable: false),
                    opened_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    opened_by = table.Column<string>(type: "text", nullable: false),
                    finished_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_card_sessions", x => x.id);
                    table.ForeignKey(
                        name: "fk_card_sessions_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_card_sessions_customer_id_opened_at",
                table: "card_sessions",
                columns: new[] { "customer_id", "opened_at" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "card_sessions");

            migrationBuilder.DropColumn(
                name: "look_at",
                table: "payment_webhooks");

            migrationBuilder.DropColumn(
                name: "signed_at",
                table: "payment_webhooks");

            migrationBuilder.DropColumn(
                name: "expiry_month",
                table: "payment_methods");

            migrationBuilder.DropColumn(
                name: "expiry_notice_days",
                table: "payment_methods");

            migrationBuilder.DropColumn(
                name: "expiry_year",
                table: "payment_methods");

            migrationBuilder.DropColumn(
                name: "promise_note",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "promised_until",
                table: "invoices");
        }
    }
}
