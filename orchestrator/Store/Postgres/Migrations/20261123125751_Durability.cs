using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Probes.Orchestrator.Store.Postgres.Migrations
{
    /// <inheritdoc />
    public partial class Durability : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(GapTables.Create);
            migrationBuilder.Sql(LeaseTables.Create);
            migrationBuilder.Sql(TierTables.Create);
            migrationBuilder.Sql(SessionTables.Create);
            migrationBuilder.Sql(PendingTables.Create);
            migrationBuilder.Sql(MinuteTables.Create);
            migrationBuilder.Sql(MaintenanceTables.Create);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql(MaintenanceTables.Drop);
            migrationBuilder.Sql(MinuteTables.Drop);
            migrationBuilder.Sql(PendingTables.Drop);
            migrationBuilder.Sql(SessionTables.Drop);
            migrationBuilder.Sql(TierTables.Drop);
            migrationBuilder.Sql(LeaseTables.Drop);
            migrationBuilder.Sql(GapTables.Drop);
        }
    }
}
