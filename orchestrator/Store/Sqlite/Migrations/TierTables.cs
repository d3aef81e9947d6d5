namespace Probes.Orchestrator.Store.Sqlite.Migrations;

/// <summary>Rollups of hours and days, by the minute they begin with; how far each tier goes (in minutes since the Unix epoch); and marks of what has to be made again.</summary>
internal static class TierTables
{
    public const string Create = """
        CREATE TABLE hour_rollups (
            check_id INTEGER NOT NULL, minute INTEGER NOT NULL, agent_id INTEGER NOT NULL, data BLOB NOT NULL,
            PRIMARY KEY (check_id, minute, agent_id)
        ) WITHOUT ROWID;
        CREATE TABLE day_rollups (
            check_id INTEGER NOT NULL, minute INTEGER NOT NULL, agent_id INTEGER NOT NULL, data BLOB NOT NULL,
            PRIMARY KEY (check_id, minute, agent_id)
        ) WITHOUT ROWID;
        CREATE TABLE tier_marks (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            tier INTEGER NOT NULL, minute INTEGER NOT NULL, check_id INTEGER NOT NULL
        );
        CREATE INDEX tier_marks_minute ON tier_marks (tier, minute);
        CREATE TABLE tiers (
            tier INTEGER PRIMARY KEY, gone INTEGER NOT NULL, built INTEGER NOT NULL, sealed INTEGER NOT NULL
        );
        INSERT INTO tiers VALUES (0, 0, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0), (3, 0, 0, 0);
        """;

    public const string Drop = "DROP TABLE hour_rollups; DROP TABLE day_rollups; DROP TABLE tier_marks; DROP TABLE tiers;";
}
