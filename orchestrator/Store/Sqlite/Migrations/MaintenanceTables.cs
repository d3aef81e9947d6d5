namespace Probes.Orchestrator.Store.Sqlite.Migrations;

/// <summary>
/// Maintenance windows, one row for each revision, in force from then to then; and results that came late, by the hour they were due in. Also made at each start where they lack: some databases took
/// the migration before these were part of it.
/// </summary>
internal static class MaintenanceTables
{
    public const string Create = """
        CREATE TABLE IF NOT EXISTS maintenance (
            name text NOT NULL, revision INTEGER NOT NULL, document text NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER,
            PRIMARY KEY (name, revision)
        );
        CREATE UNIQUE INDEX IF NOT EXISTS maintenance_live ON maintenance (name) WHERE to_us IS NULL;
        CREATE TABLE IF NOT EXISTS late_results (
            check_id integer NOT NULL, minute INTEGER NOT NULL, agent_id integer NOT NULL, results INTEGER NOT NULL, last_us INTEGER NOT NULL,
            PRIMARY KEY (check_id, minute, agent_id)
        );
        CREATE INDEX IF NOT EXISTS late_results_minute ON late_results (minute);
        """;

    public const string Drop = "DROP TABLE late_results; DROP TABLE maintenance;";
}
