using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class Purchases : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<decimal>(
                name: "own_threshold",
                table: "customers",
                type: "numeric(27,12)",
                precision: 27,
                scale: 12,
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "invoice_id",
                table: "credit_grants",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "rolled_from",
                table: "credit_grants",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "rollover_days",
                table: "credit_grants",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<decimal>(
                name: "rollover_percent",
                table: "credit_grants",
                type: "numeric(27,12)",
                precision: 27,
                scale: 12,
                nullable: true);

            migrationBuilder.CreateTable(
                name: "auto_topups",
                columns: table => new
                {
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    below = table.Column<long>(type: "bigint", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    monthly_max = table.Column<long>(type: "bigint", nullable: false),
                    paused_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    paused_for = table.Column<string>(type: "text", nullable: true),
                    set_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    set_by = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_auto_topups", x => x.customer_id);
                    table.CheckConstraint("ck_auto_topups_amounts", "below > 0 AND amount > 0 AND monthly_max >= amount");
                    table.ForeignKey(
                        name: "fk_auto_topups_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "credit_topups",
                columns: table => new
                {
                    invoice_id = table.Column<Guid>(type: "uuid", nullable: false),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    is_automatic = table.Column<bool>(type: "boolean", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    started_by = table.Column<string>(type: "text", nullable: false),
                    settled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_credit_topups", x => x.invoice_id);
                    table.CheckConstraint("ck_credit_topups_amount", "amount > 0");
                    table.ForeignKey(
                        name: "fk_credit_topups_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_credit_topups_invoices_invoice_id",
                        column: x => x.invoice_id,
                        principalTable: "invoices",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "one_off_lines",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    description = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    currency = table.Column<string>(type: "text", nullable: false),
                    added_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    added_by = table.Column<string>(type: "text", nullable: false),
                    invoice_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_one_off_lines", x => x.id);
                    table.CheckConstraint("ck_one_off_lines_amount", "amount <> 0");
                    table.ForeignKey(
                        name: "fk_one_off_lines_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_one_off_lines_invoices_invoice_id",
                        column: x => x.invoice_id,
                        principalTable: "invoices",
                        principalColumn: "id");
                });

            migrationBuilder.CreateIndex(
                name: "ix_credit_grants_invoice_id",
                table: "credit_grants",
                column: "invoice_id",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_credit_grants_rolled_from",
                table: "credit_grants",
                column: "rolled_from",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_credit_topups_customer_id_started_at",
                table: "credit_topups",
                columns: new[] { "customer_id", "started_at" });

            migrationBuilder.CreateIndex(
                name: "ix_credit_topups_open",
                table: "credit_topups",
                column: "customer_id",
                unique: true,
                filter: "state = 'Open'");

            migrationBuilder.CreateIndex(
                name: "ix_one_off_lines_customer_id",
                table: "one_off_lines",
                column: "customer_id",
                filter: "invoice_id IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_one_off_lines_invoice_id",
                table: "one_off_lines",
                column: "invoice_id");

            migrationBuilder.AddForeignKey(
                name: "fk_credit_grants_credit_grants_rolled_from",
                table: "credit_grants",
                column: "rolled_from",
                principalTable: "credit_grants",
                principalColumn: "id");

            migrationBuilder.AddForeignKey(
                name: "fk_credit_grants_invoices_invoice_id",
                table: "credit_grants",
                column: "invoice_id",
                principalTable: "invoices",
                principalColumn: "id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_credit_grants_credit_grants_rolled_from",
                table: "credit_grants");

            migrationBuilder.DropForeignKey(
                name: "fk_credit_grants_invoices_invoice_id",
                table: "credit_grants");

            migrationBuilder.DropTable(
                name: "auto_topups");

            migrationBuilder.DropTable(
                name: "credit_topups");

            migrationBuilder.DropTable(
                name: "one_off_lines");

            migrationBuilder.DropIndex(
                name: "ix_credit_grants_invoice_id",
                table: "credit_grants");

            migrationBuilder.DropIndex(
                name: "ix_credit_grants_rolled_from",
                table: "credit_grants");

            migrationBuilder.DropColumn(
                name: "own_threshold",
                table: "customers");

            migrationBuilder.DropColumn(
                name: "invoice_id",
                table: "credit_grants");

            migrationBuilder.DropColumn(
                name: "rolled_from",
                table: "credit_grants");

            migrationBuilder.DropColumn(
                name: "rollover_days",
                table: "credit_grants");

            migrationBuilder.DropColumn(
                name: "rollover_percent",
                table: "credit_grants");
        }
    }
}
