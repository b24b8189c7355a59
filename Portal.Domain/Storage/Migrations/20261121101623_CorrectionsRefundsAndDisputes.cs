using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class CorrectionsRefundsAndDisputes : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "corrects_id",
                table: "invoices",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "reason",
                table: "invoices",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "settlement",
                table: "invoices",
                type: "character varying(16)",
                maxLength: 16,
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "tax_included",
                table: "invoices",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<int>(
                name: "corrects_line",
                table: "invoice_lines",
                type: "integer",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "credit_note_id",
                table: "credit_grants",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "disputes",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    invoice_id = table.Column<Guid>(type: "uuid", nullable: false),
                    line = table.Column<int>(type: "integer", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    asked_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    changed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_disputes", x => x.id);
                    table.ForeignKey(
                        name: "fk_disputes_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_disputes_invoices_invoice_id",
                        column: x => x.invoice_id,
                        principalTable: "invoices",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "outages",
                columns: table => new
                {
                    key = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    start = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    end = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    percent = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false),
                    remedy = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    applied_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    applied_by = table.Column<string>(type: "text", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outages", x => x.key);
                });

            migrationBuilder.CreateTable(
                name: "refunds",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    payment_id = table.Column<Guid>(type: "uuid", nullable: false),
                    invoice_id = table.Column<Guid>(type: "uuid", nullable: false),
                    credit_note_id = table.Column<Guid>(type: "uuid", nullable: true),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    why = table.Column<string>(type: "text", nullable: true),
                    reason = table.Column<string>(type: "text", nullable: true),
                    reference = table.Column<string>(type: "text", nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    started_by = table.Column<string>(type: "text", nullable: false),
                    look_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    looks = table.Column<int>(type: "integer", nullable: false),
                    settled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_refunds", x => x.id);
                    table.CheckConstraint("ck_refunds_amount", "amount > 0");
                    table.ForeignKey(
                        name: "fk_refunds_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_refunds_invoices_credit_note_id",
                        column: x => x.credit_note_id,
                        principalTable: "invoices",
                        principalColumn: "id");
                    table.ForeignKey(
                        name: "fk_refunds_invoices_invoice_id",
                        column: x => x.invoice_id,
                        principalTable: "invoices",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_refunds_payments_payment_id",
                        column: x => x.payment_id,
                        principalTable: "payments",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "sandbox_refunds",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    charge_id = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sandbox_refunds", x => x.id);
                    table.CheckConstraint("ck_sandbox_refunds_amount", "amount > 0");
                });

            migrationBuilder.CreateTable(
                name: "stray_charges",
                columns: table => new
                {
                    gateway = table.Column<string>(type: "text", nullable: false),
                    charge_id = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    reference = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    currency = table.Column<string>(type: "text", nullable: false),
                    charged_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    found_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    confirmed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    confirmed_by = table.Column<string>(type: "text", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_stray_charges", x => new { x.gateway, x.charge_id });
                });

            migrationBuilder.CreateTable(
                name: "dispute_messages",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    dispute_id = table.Column<Guid>(type: "uuid", nullable: false),
                    from_operator = table.Column<bool>(type: "boolean", nullable: false),
                    author = table.Column<string>(type: "text", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    credit_note = table.Column<string>(type: "text", nullable: true),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_dispute_messages", x => x.id);
                    table.ForeignKey(
                        name: "fk_dispute_messages_disputes_dispute_id",
                        column: x => x.dispute_id,
                        principalTable: "disputes",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "outage_credits",
                columns: table => new
                {
                    outage_key = table.Column<string>(type: "text", nullable: false),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    currency = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    grant_id = table.Column<Guid>(type: "uuid", nullable: true),
                    credit_note_id = table.Column<Guid>(type: "uuid", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_outage_credits", x => new { x.outage_key, x.customer_id });
                    table.CheckConstraint("ck_outage_credits_amount", "amount > 0");
                    table.ForeignKey(
                        name: "fk_outage_credits_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_outage_credits_outages_outage_key",
                        column: x => x.outage_key,
                        principalTable: "outages",
                        principalColumn: "key",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_invoices_corrects_id",
                table: "invoices",
                column: "corrects_id");

            migrationBuilder.CreateIndex(
                name: "ix_credit_grants_credit_note_id",
                table: "credit_grants",
                column: "credit_note_id",
                unique: true,
                filter: "credit_note_id IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_dispute_messages_dispute_id",
                table: "dispute_messages",
                column: "dispute_id");

            migrationBuilder.CreateIndex(
                name: "ix_disputes_customer_id",
                table: "disputes",
                column: "customer_id");

            migrationBuilder.CreateIndex(
                name: "ix_disputes_invoice_id_line",
                table: "disputes",
                columns: new[] { "invoice_id", "line" },
                unique: true,
                filter: "state <> 'Closed'");

            migrationBuilder.CreateIndex(
                name: "ix_disputes_state_changed_at",
                table: "disputes",
                columns: new[] { "state", "changed_at" });

            migrationBuilder.CreateIndex(
                name: "ix_outage_credits_customer_id",
                table: "outage_credits",
                column: "customer_id");

            migrationBuilder.CreateIndex(
                name: "ix_refunds_credit_note_id",
                table: "refunds",
                column: "credit_note_id");

            migrationBuilder.CreateIndex(
                name: "ix_refunds_customer_id",
                table: "refunds",
                column: "customer_id");

            migrationBuilder.CreateIndex(
                name: "ix_refunds_invoice_id",
                table: "refunds",
                column: "invoice_id");

            migrationBuilder.CreateIndex(
                name: "ix_refunds_look_at",
                table: "refunds",
                column: "look_at",
                filter: "look_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_refunds_open",
                table: "refunds",
                column: "payment_id",
                unique: true,
                filter: "state IN ('Open', 'Unknown')");

            migrationBuilder.CreateIndex(
                name: "ix_sandbox_refunds_charge_id",
                table: "sandbox_refunds",
                column: "charge_id");

            migrationBuilder.CreateIndex(
                name: "ix_sandbox_refunds_key",
                table: "sandbox_refunds",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_stray_charges_found_at",
                table: "stray_charges",
                column: "found_at",
                filter: "confirmed_at IS NULL");

            migrationBuilder.AddForeignKey(
                name: "fk_invoices_invoices_corrects_id",
                table: "invoices",
                column: "corrects_id",
                principalTable: "invoices",
                principalColumn: "id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_invoices_invoices_corrects_id",
                table: "invoices");

            migrationBuilder.DropTable(
                name: "dispute_messages");

            migrationBuilder.DropTable(
                name: "outage_credits");

            migrationBuilder.DropTable(
                name: "refunds");

            migrationBuilder.DropTable(
                name: "sandbox_refunds");

            migrationBuilder.DropTable(
                name: "stray_charges");

            migrationBuilder.DropTable(
                name: "disputes");

            migrationBuilder.DropTable(
                name: "outages");

            migrationBuilder.DropIndex(
                name: "ix_invoices_corrects_id",
                table: "invoices");

            migrationBuilder.DropIndex(
                name: "ix_credit_grants_credit_note_id",
                table: "credit_grants");

            migrationBuilder.DropColumn(
                name: "corrects_id",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "reason",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "settlement",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "tax_included",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "corrects_line",
                table: "invoice_lines");

            migrationBuilder.DropColumn(
                name: "credit_note_id",
                table: "credit_grants");
        }
    }
}
