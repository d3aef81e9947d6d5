namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>
/// Maintenance windows, one row for each revision, in force from then to then; and results that came late, by the hour they were due in. Also made at each start where they lack: some databases took
/// the migration before these were part of it.
/// </summary>
internal static class MaintenanceTables
{
    // Of late results each row is counted up some sixty times: with room on its page that touches no index.
    public const string Create = """
        CREATE TABLE IF NOT EXISTS maintenance (
            name text NOT NULL, revision bigint NOT NULL, document text NOT NULL, from_us bigint NOT NULL, to_us bigint,
            PRIMARY KEY (name, revision)
        );
        CREATE UNIQUE INDEX IF NOT EXISTS maintenance_live ON maintenance (name) WHERE to_us IS NULL;
        CREATE TABLE IF NOT EXISTS late_results (
            check_id integer NOT NULL, minute bigint NOT NULL, agent_id integer NOT NULL, results bigint NOT NULL, last_us bigint NOT NULL,
            PRIMARY KEY (check_id, minute, agent_id)
        ) WITH (fillfactor = 50);
        CREATE INDEX IF NOT EXISTS late_results_minute ON late_results (minute);
        """;

    public const string Drop = "DROP TABLE late_results; DROP TABLE maintenance;";
}
