namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>
/// Tables of the hot path, as of the first migration; later changes go into migrations of their own.
/// Results are partitioned by day and indexed by minute first, so that new ones go to the right edge of the index whatever check they are of.
/// Marks of dirty minutes are only ever appended and deleted: a mark that a roll-up does not see yet outlives it, so no lock is needed between
/// the two (see <c>PostgresRollups</c>).
/// </summary>
internal static class HotTables
{
    public const string Create = """
        CREATE TABLE results (
            due_us bigint NOT NULL, sequence bigint NOT NULL, epoch bigint NOT NULL, duration_us bigint NOT NULL,
            dns_us bigint, connect_us bigint, tls_us bigint, send_us bigint, wait_us bigint, transfer_us bigint,
            late_us bigint NOT NULL, revision bigint NOT NULL,
            minute integer NOT NULL, check_id integer NOT NULL, agent_id integer NOT NULL, status_code integer NOT NULL, attempt integer NOT NULL,
            status smallint NOT NULL, source smallint NOT NULL,
            reason text, detail bytea
        ) PARTITION BY RANGE (minute);
        CREATE INDEX results_key ON results (minute, check_id, agent_id);
        CREATE TABLE rollups (
            minute integer NOT NULL, check_id integer NOT NULL, agent_id integer NOT NULL, data bytea NOT NULL,
            PRIMARY KEY (check_id, minute, agent_id)
        );
        CREATE INDEX rollups_minute ON rollups (minute);
        CREATE TABLE dirty_marks (
            id bigint GENERATED ALWAYS AS IDENTITY (CACHE 100),
            minute integer NOT NULL, check_id integer NOT NULL, agent_id integer NOT NULL
        );
        CREATE INDEX dirty_marks_id ON dirty_marks (id);
        CREATE INDEX dirty_marks_key ON dirty_marks (minute, check_id, agent_id);
        CREATE TABLE stored_ranges (
            agent_id integer NOT NULL, epoch bigint NOT NULL, first_sequence bigint NOT NULL, end_sequence bigint NOT NULL,
            updated_minute integer NOT NULL,
            PRIMARY KEY (agent_id, epoch, first_sequence)
        ) WITH (fillfactor = 50);
        CREATE TABLE dead_letters (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at_us bigint NOT NULL, source text NOT NULL, reason text NOT NULL, size integer NOT NULL, body bytea NOT NULL
        );
        """;

    public const string Drop = "DROP TABLE results, rollups, dirty_marks, stored_ranges, dead_letters;";
}
