namespace Probes.Orchestrator.Store.Sqlite.Migrations;

/// <summary>
/// Tables of the hot path, as of the first migration; later changes go into migrations of their own.
/// Results are clustered by minute first, so that new ones go to the right edge whatever check they are of, one (check, agent, minute)
/// is one range, and retention cuts off the left edge. Rollups are clustered by check, for a heatmap is one range of one check.
/// </summary>
internal static class HotTables
{
    public const string Create = """
        CREATE TABLE results (
            minute INTEGER NOT NULL, check_id INTEGER NOT NULL, agent_id INTEGER NOT NULL, due_us INTEGER NOT NULL,
            sequence INTEGER NOT NULL, epoch INTEGER NOT NULL,
            status INTEGER NOT NULL, source INTEGER NOT NULL, duration_us INTEGER NOT NULL,
            dns_us INTEGER, connect_us INTEGER, tls_us INTEGER, send_us INTEGER, wait_us INTEGER, transfer_us INTEGER,
            status_code INTEGER NOT NULL, late_us INTEGER NOT NULL, revision INTEGER NOT NULL, attempt INTEGER NOT NULL,
            reason TEXT, detail BLOB,
            PRIMARY KEY (minute, check_id, agent_id, due_us, sequence, epoch)
        ) WITHOUT ROWID;
        CREATE TABLE rollups (
            check_id INTEGER NOT NULL, minute INTEGER NOT NULL, agent_id INTEGER NOT NULL, data BLOB NOT NULL,
            PRIMARY KEY (check_id, minute, agent_id)
        ) WITHOUT ROWID;
        CREATE TABLE dirty_minutes (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            minute INTEGER NOT NULL, check_id INTEGER NOT NULL, agent_id INTEGER NOT NULL,
            UNIQUE (minute, check_id, agent_id)
        );
        CREATE TABLE stored_ranges (
            agent_id INTEGER NOT NULL, epoch INTEGER NOT NULL, first_sequence INTEGER NOT NULL, end_sequence INTEGER NOT NULL,
            updated_minute INTEGER NOT NULL,
            PRIMARY KEY (agent_id, epoch, first_sequence)
        ) WITHOUT ROWID;
        CREATE TABLE dead_letters (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            at_us INTEGER NOT NULL, source TEXT NOT NULL, reason TEXT NOT NULL, size INTEGER NOT NULL, body BLOB NOT NULL
        );
        """;

    public const string Drop = """
        DROP TABLE results; DROP TABLE rollups; DROP TABLE dirty_minutes; DROP TABLE stored_ranges; DROP TABLE dead_letters;
        """;
}
