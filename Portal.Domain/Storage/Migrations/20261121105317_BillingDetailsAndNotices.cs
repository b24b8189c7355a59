using System;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql.EntityFrameworkCore.PostgreSQL.Metadata;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class BillingDetailsAndNotices : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "expiry_notice_days",
                table: "payment_methods");

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "expiry_notice_at",
                table: "payment_methods",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "hold_until",
                table: "outbox_mails",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "is_urgent",
                table: "outbox_mails",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.AddColumn<Guid>(
                name: "member_id",
                table: "outbox_mails",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "spread_at",
                table: "outbox_mails",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<TimeOnly>(
                name: "quiet_from",
                table: "memberships",
                type: "time without time zone",
                nullable: true);

            migrationBuilder.AddColumn<TimeOnly>(
                name: "quiet_until",
                table: "memberships",
                type: "time without time zone",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "invoice_emails",
                table: "customers",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.AddColumn<string>(
                name: "legal_name",
                table: "customers",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "po_number",
                table: "customers",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "alert_choices",
                columns: table => new
                {
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    kind = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    email = table.Column<bool>(type: "boolean", nullable: false),
                    in_app = table.Column<bool>(type: "boolean", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_alert_choices", x => new { x.customer_id, x.user_id, x.kind });
                    table.ForeignKey(
                        name: "fk_alert_choices_memberships_customer_id_user_id",
                        columns: x => new { x.customer_id, x.user_id },
                        principalTable: "memberships",
                        principalColumns: new[] { "customer_id", "user_id" },
                        onDelete: ReferentialAction.Cascade);
                });

            migrationBuilder.CreateTable(
                name: "notices",
                columns: table => new
                {
                    id = table.Column<long>(type: "bigint", nullable: false)
                        .Annotation("Npgsql:ValueGenerationStrategy", NpgsqlValueGenerationStrategy.IdentityByDefaultColumn),
                    customer_id = table.Column<int>(type: "integer", nullable: false),
                    user_id = table.Column<Guid>(type: "uuid", nullable: false),
                    mail_id = table.Column<long>(type: "bigint", nullable: false),
                    kind = table.Column<string>(type: "character varying(32)", maxLength: 32, nullable: false),
                    subject = table.Column<string>(type: "text", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    created_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    read_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_notices", x => x.id);
                    table.ForeignKey(
                        name: "fk_notices_memberships_customer_id_user_id",
                        columns: x => new { x.customer_id, x.user_id },
                        principalTable: "memberships",
                        principalColumns: new[] { "customer_id", "user_id" },
                        onDelete: ReferentialAction.Cascade);
                    table.ForeignKey(
                        name: "fk_notices_outbox_mails_mail_id",
                        column: x => x.mail_id,
                        principalTable: "outbox_mails",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            // Alerts that went out before members could choose are not told again.
            migrationBuilder.Sql("UPDATE outbox_mails SET spread_at = created_at WHERE alert_kind IS NOT NULL");

            migrationBuilder.CreateIndex(
                name: "ix_payment_methods_expiry_notice_at",
                table: "payment_methods",
                column: "expiry_notice_at",
                filter: "expiry_notice_at IS NOT NULL AND replaced_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_outbox_mails_unspread",
                table: "outbox_mails",
                column: "id",
                filter: "alert_kind IS NOT NULL AND member_id IS NULL AND spread_at IS NULL");

            migrationBuilder.CreateIndex(
                name: "ix_notices_customer_id_user_id_mail_id",
                table: "notices",
                columns: new[] { "customer_id", "user_id", "mail_id" },
                unique: true);

            migrationBuilder.CreateIndex(
                name: "ix_notices_mail_id",
                table: "notices",
                column: "mail_id");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "alert_choices");

            migrationBuilder.DropTable(
                name: "notices");

            migrationBuilder.DropIndex(
                name: "ix_payment_methods_expiry_notice_at",
                table: "payment_methods");

            migrationBuilder.DropIndex(
                name: "ix_outbox_mails_unspread",
                table: "outbox_mails");

            migrationBuilder.DropColumn(
                name: "expiry_notice_at",
                table: "payment_methods");

            migrationBuilder.DropColumn(
                name: "hold_until",
                table: "outbox_mails");

            migrationBuilder.DropColumn(
                name: "is_urgent",
                table: "outbox_mails");

            migrationBuilder.DropColumn(
                name: "member_id",
                table: "outbox_mails");

            migrationBuilder.DropColumn(
                name: "spread_at",
                table: "outbox_mails");

            migrationBuilder.DropColumn(
                name: "quiet_from",
                table: "memberships");

            migrationBuilder.DropColumn(
                name: "quiet_until",
                table: "memberships");

            migrationBuilder.DropColumn(
                name: "invoice_emails",
                table: "customers");

            migrationBuilder.DropColumn(
                name: "legal_name",
                table: "customers");

            migrationBuilder.DropColumn(
                name: "po_number",
                table: "customers");

            migrationBuilder.AddColumn<int>(
                name: "expiry_notice_days",
                table: "payment_methods",
                type: "integer",
                nullable: true);
        }
    }
}
