using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Probes.Orchestrator.Store.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Durability : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(GapTables.Create);
            migrationBuilder.Sql(TierTables.Create);
            migrationBuilder.Sql(MaintenanceTables.Create);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(MaintenanceTables.Drop);
            migrationBuilder.Sql(TierTables.Drop);
            migrationBuilder.Sql(GapTables.Drop);
        }
    }
}
