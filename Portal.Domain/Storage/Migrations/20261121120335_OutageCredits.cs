using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class OutageCredits : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "remedy",
                table: "outages");

            migrationBuilder.DropColumn(
                name: "credit_note_id",
                table: "outage_credits");

            migrationBuilder.AlterColumn<Guid>(
                name: "grant_id",
                table: "outage_credits",
                type: "uuid",
                nullable: false,
                oldClrType: typeof(Guid),
                oldType: "uuid",
                oldNullable: true);

            migrationBuilder.AddColumn<decimal>(
                name: "cost",
                table: "outage_credits",
                type: "numeric(27,12)",
                precision: 27,
                scale: 12,
                nullable: false);

            migrationBuilder.CreateIndex(
                name: "ix_outage_credits_grant_id",
                table: "outage_credits",
                column: "grant_id",
                unique: true);

            migrationBuilder.AddForeignKey(
                name: "fk_outage_credits_credit_grants_grant_id",
                table: "outage_credits",
                column: "grant_id",
                principalTable: "credit_grants",
                principalColumn: "id",
                onDelete: ReferentialAction.Cascade);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_outage_credits_credit_grants_grant_id",
                table: "outage_credits");

            migrationBuilder.DropIndex(
                name: "ix_outage_credits_grant_id",
                table: "outage_credits");

            migrationBuilder.DropColumn(
                name: "cost",
                table: "outage_credits");

            migrationBuilder.AddColumn<string>(
                name: "remedy",
                table: "outages",
                type: "character varying(16)",
                maxLength: 16,
                nullable: false,
                defaultValue: "");

            migrationBuilder.AlterColumn<Guid>(
                name: "grant_id",
                table: "outage_credits",
                type: "uuid",
                nullable: true,
                oldClrType: typeof(Guid),
                oldType: "uuid");

            migrationBuilder.AddColumn<Guid>(
                name: "credit_note_id",
                table: "outage_credits",
                type: "uuid",
                nullable: true);
        }
    }
}
