using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class InvoiceClosing : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_subscriptions_billed_until",
                table: "subscriptions");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "bill_at",
                table: "subscriptions",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<decimal>(
                name: "cap_bound",
                table: "invoices",
                type: "numeric(27,12)",
                precision: 27,
                scale: 12,
                nullable: true);

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_bill_at",
                table: "subscriptions",
                column: "bill_at");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_subscriptions_bill_at",
                table: "subscriptions");

            migrationBuilder.DropColumn(
                name: "bill_at",
                table: "subscriptions");

            migrationBuilder.DropColumn(
                name: "cap_bound",
                table: "invoices");

            migrationBuilder.CreateIndex(
                name: "ix_subscriptions_billed_until",
                table: "subscriptions",
                column: "billed_until");
        }
    }
}
