using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class BackupMethods : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_payment_methods_customer_id",
                table: "payment_methods");

            migrationBuilder.AddColumn<string>(
                name: "use",
                table: "payment_methods",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "Default");

            migrationBuilder.AddColumn<string>(
                name: "use",
                table: "payment_attempts",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "Default");

            migrationBuilder.AddColumn<string>(
                name: "use",
                table: "card_sessions",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "Default");

            migrationBuilder.CreateIndex(
                name: "ix_payment_methods_customer_id_use",
                table: "payment_methods",
                columns: new[] { "customer_id", "use" },
                unique: true,
                filter: "replaced_at IS NULL");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(
                name: "ix_payment_methods_customer_id_use",
                table: "payment_methods");

            migrationBuilder.DropColumn(
                name: "use",
                table: "payment_methods");

            migrationBuilder.DropColumn(
                name: "use",
                table: "payment_attempts");

            migrationBuilder.DropColumn(
                name: "use",
                table: "card_sessions");

            migrationBuilder.CreateIndex(
                name: "ix_payment_methods_customer_id",
                table: "payment_methods",
                column: "customer_id",
                unique: true,
                filter: "replaced_at IS NULL");
        }
    }
}
