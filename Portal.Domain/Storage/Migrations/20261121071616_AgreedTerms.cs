using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class AgreedTerms : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "commitment",
                table: "subscription_phases",
                type: "jsonb",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "discounts",
                table: "subscription_phases",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'[]'");

            migrationBuilder.AddColumn<string>(
                name: "discounts",
                table: "invoices",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'[]'");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "commitment",
                table: "subscription_phases");

            migrationBuilder.DropColumn(
                name: "discounts",
                table: "subscription_phases");

            migrationBuilder.DropColumn(
                name: "discounts",
                table: "invoices");
        }
    }
}
