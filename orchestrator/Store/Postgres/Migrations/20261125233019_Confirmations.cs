using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>Tables outside the model: the model, and with it the snapshot, is that of the migration before.</summary>
[DbContext(typeof(PostgresContext))]
[Migration("20261125233019_Confirmations")]
public sealed class Confirmations : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(ConfirmationTables.Create);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql(ConfirmationTables.Drop);
}
