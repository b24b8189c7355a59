using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class ClosedUsage : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "closed_until",
                table: "customers",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "late_version",
                table: "customers",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            // What was closed before is looked at once more: whether anything came late was not noted until now.
            migrationBuilder.Sql("""
                UPDATE customers SET late_version = usage_version,
                    closed_until = (SELECT max(period_end) FROM invoices WHERE customer_id = customers.id AND subscription_id IS NOT NULL AND cut = 0 AND kind IN ('Period', 'CreditNote'));
                """);

            migrationBuilder.CreateIndex(
                name: "ix_invoices_drafts",
                table: "invoices",
                columns: new[] { "customer_id", "period_end", "finalize_at", "id" },
                filter: "status = 'Draft' AND kind <> 'CreditTopup'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_invoices_drafts",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "closed_until",
                table: "customers");

            migrationBuilder.DropColumn(
                name: "late_version",
                table: "customers");
        }
    }
}
