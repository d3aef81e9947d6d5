using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Probes.Orchestrator.Store.Sqlite.Migrations
{
    /// <inheritdoc />
    public partial class Incidents : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "impacts",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    incident_id = table.Column<long>(type: "INTEGER", nullable: false),
                    check = table.Column<string>(type: "TEXT", nullable: false),
                    region = table.Column<string>(type: "TEXT", nullable: false),
                    level = table.Column<string>(type: "TEXT", nullable: false),
                    started_at = table.Column<long>(type: "INTEGER", nullable: false),
                    ended_at = table.Column<long>(type: "INTEGER", nullable: true),
                    summary = table.Column<string>(type: "TEXT", nullable: false),
                    evidence = table.Column<string>(type: "TEXT", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_impacts", x => x.id);
                });

            // Each incident there was is one of one part: what it touched becomes that part.
            migrationBuilder.Sql("""
                INSERT INTO impacts (incident_id, "check", region, level, started_at, ended_at, summary, evidence, updated_at)
                SELECT id, "check", region, level, started_at, ended_at, summary, evidence, updated_at FROM incidents
                """);

            migrationBuilder.DropIndex(
                name: "IX_incidents_check_region_ended_at",
                table: "incidents");

            migrationBuilder.DropIndex(
                name: "IX_incidents_started_at",
                table: "incidents");

            migrationBuilder.RenameColumn(
                name: "evidence",
                table: "incidents",
                newName: "target");

            migrationBuilder.RenameColumn(
                name: "check",
                table: "incidents",
                newName: "project");

            migrationBuilder.AddColumn<long>(
                name: "acknowledged_at",
                table: "incidents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "acknowledged_by",
                table: "incidents",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "agent",
                table: "incidents",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "culprit",
                table: "incidents",
                type: "TEXT",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<string>(
                name: "finding",
                table: "incidents",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "merged_into",
                table: "incidents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "phase",
                table: "incidents",
                type: "TEXT",
                nullable: true);

            migrationBuilder.AddColumn<long>(
                name: "silenced_until",
                table: "incidents",
                type: "INTEGER",
                nullable: true);

            migrationBuilder.AddColumn<int>(
                name: "well",
                table: "incidents",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<int>(
                name: "worse",
                table: "incidents",
                type: "INTEGER",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateTable(
                name: "incident_events",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    incident_id = table.Column<long>(type: "INTEGER", nullable: false),
                    at = table.Column<long>(type: "INTEGER", nullable: false),
                    kind = table.Column<string>(type: "TEXT", nullable: false),
                    actor = table.Column<string>(type: "TEXT", nullable: false),
                    text = table.Column<string>(type: "TEXT", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_incident_events", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_incidents_ended_at",
                table: "incidents",
                column: "ended_at");

            migrationBuilder.CreateIndex(
                name: "IX_impacts_check_region",
                table: "impacts",
                columns: new[] { "check", "region" });

            migrationBuilder.CreateIndex(
                name: "IX_impacts_ended_at",
                table: "impacts",
                column: "ended_at");

            migrationBuilder.CreateIndex(
                name: "IX_impacts_incident_id",
                table: "impacts",
                column: "incident_id");

            migrationBuilder.CreateIndex(
                name: "IX_incident_events_incident_id",
                table: "incident_events",
                column: "incident_id");

            // The column of checks is that of projects now, and still holds checks.
            migrationBuilder.Sql("""
                UPDATE incidents SET target = project, culprit = 'route', worse = 1, project = CASE WHEN instr(project, '/') > 0 THEN substr(project, 1, instr(project, '/') - 1) ELSE 'default' END
                """);
            migrationBuilder.Sql("INSERT INTO incident_events (incident_id, at, kind, actor, text) SELECT id, started_at, 'opened', '', summary FROM incidents");
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "impacts");

            migrationBuilder.DropTable(
                name: "incident_events");

            migrationBuilder.DropIndex(
                name: "IX_incidents_ended_at",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "acknowledged_at",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "acknowledged_by",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "agent",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "culprit",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "finding",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "merged_into",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "phase",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "silenced_until",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "well",
                table: "incidents");

            migrationBuilder.DropColumn(
                name: "worse",
                table: "incidents");

            migrationBuilder.RenameColumn(
                name: "target",
                table: "incidents",
                newName: "evidence");

            migrationBuilder.RenameColumn(
                name: "project",
                table: "incidents",
                newName: "check");

            migrationBuilder.CreateIndex(
                name: "IX_incidents_check_region_ended_at",
                table: "incidents",
                columns: new[] { "check", "region", "ended_at" });

            migrationBuilder.CreateIndex(
                name: "IX_incidents_started_at",
                table: "incidents",
                column: "started_at");
        }
    }
}
