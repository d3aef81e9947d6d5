using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>When a check last began to probe something else; of those there are nothing is known.</summary>
[DbContext(typeof(PostgresContext))]
[Migration("20261126141501_ProbedSince")]
public sealed class ProbedSince : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.AddColumn<DateTimeOffset>("probed_since", "checks", "timestamp with time zone", nullable: true);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.DropColumn("probed_since", "checks");
}
