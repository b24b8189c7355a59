using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Portal.Domain.Storage.Migrations
{
    /// <inheritdoc />
    public partial class TaxRates : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<long>(
                name: "tax",
                table: "invoices",
                type: "bigint",
                nullable: false,
                defaultValue: 0L);

            migrationBuilder.AddColumn<string>(
                name: "taxes",
                table: "invoices",
                type: "jsonb",
                nullable: false,
                defaultValueSql: "'[]'");

            migrationBuilder.AddColumn<string>(
                name: "tax_exempt",
                table: "customers",
                type: "text",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "tax_rates",
                columns: table => new
                {
                    country = table.Column<string>(type: "text", nullable: false),
                    name = table.Column<string>(type: "text", nullable: false),
                    percent = table.Column<decimal>(type: "numeric(27,12)", precision: 27, scale: 12, nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_tax_rates", x => x.country);
                    table.CheckConstraint("ck_tax_rates_percent", "percent >= 0 AND percent <= 100");
                });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "tax_rates");

            migrationBuilder.DropColumn(
                name: "tax",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "taxes",
                table: "invoices");

            migrationBuilder.DropColumn(
                name: "tax_exempt",
                table: "customers");
        }
    }
}
