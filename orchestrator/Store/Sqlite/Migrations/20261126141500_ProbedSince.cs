using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Probes.Orchestrator.Store.Sqlite.Migrations;

/// <summary>When a check last began to probe something else; of those there are nothing is known.</summary>
[DbContext(typeof(SqliteContext))]
[Migration("20261126141500_ProbedSince")]
public sealed class ProbedSince : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<long>("probed_since", "checks", "INTEGER", nullable: true);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn("probed_since", "checks");
}
