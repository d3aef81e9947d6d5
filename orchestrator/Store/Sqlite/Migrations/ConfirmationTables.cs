namespace Probes.Orchestrator.Store.Sqlite.Migrations;

/// <summary>
/// What other agents said of suspicions, kept for a day; and since when each agent has measured by which engine, the first known one since ever (0).
/// </summary>
internal static class ConfirmationTables
{
    public const string Create = """
        CREATE TABLE confirmations (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            check_id INTEGER NOT NULL, region TEXT NOT NULL, at_us INTEGER NOT NULL, runs TEXT NOT NULL
        );
        CREATE INDEX confirmations_at ON confirmations (at_us);
        CREATE TABLE agent_engines (
            agent_id INTEGER NOT NULL, since_us INTEGER NOT NULL, engine TEXT NOT NULL,
            PRIMARY KEY (agent_id, since_us)
        );
        """;

    public const string Drop = "DROP TABLE confirmations; DROP TABLE agent_engines;";
}
