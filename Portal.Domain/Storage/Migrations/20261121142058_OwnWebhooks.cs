using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class OwnWebhooks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "member_id",
                table: "webhook_endpoints",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<bool>(
                name: "webhook",
                table: "alert_choices",
                type: "boolean",
                nullable: false,
                defaultValue: false);

            migrationBuilder.CreateIndex(
                name: "ix_webhook_endpoints_customer_id_member_id",
                table: "webhook_endpoints",
                columns: new[] { "customer_id", "member_id" });

            migrationBuilder.AddForeignKey(
                name: "fk_webhook_endpoints_memberships_customer_id_member_id",
                table: "webhook_endpoints",
                columns: new[] { "customer_id", "member_id" },
                principalTable: "memberships",
                principalColumns: new[] { "customer_id", "user_id" },
                onDelete: ReferentialAction.Cascade);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_webhook_endpoints_memberships_customer_id_member_id",
                table: "webhook_endpoints");

            migrationBuilder.DropIndex(
                name: "ix_webhook_endpoints_customer_id_member_id",
                table: "webhook_endpoints");

            migrationBuilder.DropColumn(
                name: "member_id",
                table: "webhook_endpoints");

            migrationBuilder.DropColumn(
                name: "webhook",
                table: "alert_choices");
        }
    }
}
