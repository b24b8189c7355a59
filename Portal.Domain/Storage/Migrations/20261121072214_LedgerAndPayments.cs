using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class LedgerAndPayments : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "charge_at",
                table: "invoices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "first_failure_at",
                table: "invoices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "open_charge_id",
                table: "invoices",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "written_off_at",
                table: "invoices",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "ledger_entries",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    fact = table.Column<string>(type: "character varying(24)", maxLength: 24, nullable: false),
                    source = table.Column<Guid>(type: "uuid", nullable: false),
                    invoice_id = table.Column<Guid>(type: "uuid", nullable: true),
                    document = table.Column<string>(type: "text", nullable: false),
                    at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    currency = table.Column<string>(type: "text", nullable: false),
                    debit = table.Column<string>(type: "character varying(24)", maxLength: 24, nullable: false),
                    credit = table.Column<string>(type: "character varying(24)", maxLength: 24, nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_ledger_entries", x => x.id);
                    table.CheckConstraint("ck_ledger_entries_accounts", "debit <> credit");
                    table.CheckConstraint("ck_ledger_entries_amount", "amount > 0");
                    table.ForeignKey(
                        name: "fk_ledger_entries_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Restrict);
                });

            migrationBuilder.CreateTable(
                name: "payment_methods",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    gateway = table.Column<string>(type: "text", nullable: false),
                    token = table.Column<string>(type: "text", nullable: false),
                    brand = table.Column<string>(type: "text", nullable: false),
                    last4 = table.Column<string>(type: "text", nullable: false),
                    saved_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    replaced_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_payment_methods", x => x.id);
                    table.ForeignKey(
                        name: "fk_payment_methods_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "payment_webhooks",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    gateway = table.Column<string>(type: "text", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    charge_key = table.Column<string>(type: "text", nullable: false),
                    received_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    handled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_payment_webhooks", x => new { x.gateway, x.id });
                });

            migrationBuilder.CreateTable(
                name: "sandbox_cards",
                columns: table => new
                {
                    token = table.Column<string>(type: "text", nullable: false),
                    kind = table.Column<string>(type: "character varying(24)", maxLength: 24, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sandbox_cards", x => x.token);
                });

            migrationBuilder.CreateTable(
                name: "sandbox_charges",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    key = table.Column<string>(type: "text", nullable: false),
                    token = table.Column<string>(type: "text", nullable: false),
                    reference = table.Column<string>(type: "text", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    currency = table.Column<string>(type: "text", nullable: false),
                    succeeded = table.Column<bool>(type: "boolean", nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sandbox_charges", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "sandbox_webhooks",
                columns: table => new
                {
                    id = table.Column<string>(type: "text", nullable: false),
                    sequence = table.Column<int>(type: "integer", nullable: false),
                    type = table.Column<string>(type: "text", nullable: false),
                    charge_key = table.Column<string>(type: "text", nullable: false),
                    deliver_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    times = table.Column<int>(type: "integer", nullable: false),
                    delivered_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_sandbox_webhooks", x => x.id);
                });

            migrationBuilder.CreateTable(
                name: "payment_attempts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    invoice_id = table.Column<Guid>(type: "uuid", nullable: false),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    n = table.Column<int>(type: "integer", nullable: false),
                    method_id = table.Column<Guid>(type: "uuid", nullable: false),
                    amount = table.Column<long>(type: "bigint", nullable: false),
                    state = table.Column<string>(type: "character varying(16)", maxLength: 16, nullable: false),
                    reason = table.Column<string>(type: "text", nullable: true),
                    charge_id = table.Column<string>(type: "text", nullable: true),
                    started_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    started_by = table.Column<string>(type: "text", nullable: false),
                    look_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    looks = table.Column<int>(type: "integer", nullable: false),
                    settled_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_payment_attempts", x => x.id);
                    table.CheckConstraint("ck_payment_attempts_amount", "amount > 0");
                    table.ForeignKey(
                        name: "fk_payment_attempts_customers_customer_id",
                        column: x => x.customer_id,
                        principalTable: "customers",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_payment_attempts_invoices_invoice_id",
                        column: x => x.invoice_id,
                        principalTable: "invoices",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_payment_attempts_payment_methods_method_id",
                        column: x => x.method_id,
                        principalTable: "payment_methods",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateIndex(
                name: "ix_invoices_charge_at",
                table: "invoices",
                column: "charge_at",
                filter: "charge_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_ledger_entries_customer_id_id",
                table: "ledger_entries",
                columns: new[] { "customer_id", "id" });

            migrationBuilder.CreateIndex(
                name: "ix_ledger_entries_invoice_id",
                table: "ledger_entries",
                column: "invoice_id");

            migrationBuilder.CreateIndex(
                name: "ix_ledger_entries_source_fact_debit_credit",
                table: "ledger_entries",
                columns: new[] { "source", "fact", "debit", "credit" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_customer_id",
                table: "payment_attempts",
                column: "customer_id");

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_invoice_id_n",
                table: "payment_attempts",
                columns: new[] { "invoice_id", "n" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_look_at",
                table: "payment_attempts",
                column: "look_at",
                filter: "look_at IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_method_id",
                table: "payment_attempts",
                column: "method_id");

            migrationBuilder.CreateIndex(
                name: "ix_payment_attempts_open",
                table: "payment_attempts",
                column: "invoice_id",
                unique: true,
                filter: "state IN ('Open', 'Unknown')");

            migrationBuilder.CreateIndex(
                name: "ix_payment_methods_customer_id",
                table: "payment_methods",
                column: "customer_id",
                unique: true,
                filter: "replaced_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_payment_webhooks_received_at",
                table: "payment_webhooks",
                column: "received_at",
                filter: "handled_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_sandbox_charges_key",
                table: "sandbox_charges",
                column: "key",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_sandbox_charges_reference",
                table: "sandbox_charges",
                column: "reference");

            migrationBuilder.CreateIndex(
                name: "ix_sandbox_webhooks_deliver_at",
                table: "sandbox_webhooks",
                column: "deliver_at",
                filter: "delivered_at IS NULL");

            // The journal is only ever added to, whoever asks.
            migrationBuilder.Sql("""
                CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    RAISE EXCEPTION 'The table % is only added to: correct what is wrong by another entry.', TG_TABLE_NAME;
                END $$;
                CREATE TRIGGER ledger_entries_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entries
                    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
                """);

            // What happened before there was a journal: issued invoices and credit notes, and money that came in for them.
            migrationBuilder.Sql("""
                INSERT INTO ledger_entries (customer_id, fact, source, invoice_id, document, at, currency, debit, credit, amount)
                SELECT customer_id, CASE WHEN total > 0 THEN 'InvoiceIssued' ELSE 'CreditNoteIssued' END, id, id, number, issued_at, currency,
                    CASE WHEN total > 0 THEN 'Receivable' ELSE 'Revenue' END, CASE WHEN total > 0 THEN 'Revenue' ELSE 'Receivable' END, abs(total)
                FROM invoices WHERE number IS NOT NULL AND total <> 0 ORDER BY issued_at, number;
                INSERT INTO ledger_entries (customer_id, fact, source, invoice_id, document, at, currency, debit, credit, amount)
                SELECT invoice.customer_id, 'PaymentReceived', payment.id, invoice.id, invoice.number, payment.received_at, invoice.currency,
                    'Cash', 'Receivable', payment.amount
                FROM payments payment JOIN invoices invoice ON invoice.id = payment.invoice_id
                WHERE payment.method = 'bank_transfer' ORDER BY payment.received_at, payment.id;
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("DROP TRIGGER ledger_entries_stay ON ledger_entries; DROP FUNCTION refuse_change();");

            migrationBuilder.DropTable(
                name: "ledger_entries");

            migrationBuilder.DropTable(
                name: "payment_attempts");

            migrationBuilder.DropTable(
                name: "payment_webhooks");

            migrationBuilder.DropTable(
                name: "sandbox_cards");

            migrationBuilder.DropTable(
                name: "sandbox_charges");

            migrationBuilder.DropTable(
                name: "sandbox_webhooks");

            migrationBuilder.DropTable(
                name: "payment_methods");

            migrationBuilder.DropIndex(
                name: "ix_invoices_charge_at",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "charge_at",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "first_failure_at",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "open_charge_id",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "written_off_at",
                table: "invoices");
        }
    }
}
