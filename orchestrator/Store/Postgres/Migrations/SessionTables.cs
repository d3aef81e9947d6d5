namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>
/// What orchestrators must agree on. agent_sessions: where each agent is connected, or was last, and what it said that its share depends on; the row is the replica's that welcomed it last.
/// hand_overs: who runs what in a location, as a digest, and from when on; the first of several that come to the same plan sets the time, and the others take it.
/// run_calls: runs on demand that one orchestrator asks of agents of another; they live for a minute, and need not survive a crash.
/// </summary>
internal static class SessionTables
{
    public const string Create = """
        CREATE TABLE agent_sessions (
            agent_id integer PRIMARY KEY, replica text NOT NULL, location text NOT NULL, capacity double precision NOT NULL, abilities text NOT NULL, left_at timestamptz
        );
        CREATE TABLE hand_overs (
            location text PRIMARY KEY, plan text NOT NULL, effective_us bigint NOT NULL, version bigint NOT NULL
        );
        CREATE SEQUENCE hand_over_versions;
        CREATE UNLOGGED TABLE run_calls (
            id text NOT NULL, agent_id integer NOT NULL, caller text NOT NULL, replica text NOT NULL, request bytea NOT NULL, taken boolean NOT NULL DEFAULT false,
            state integer, reason text, answer bytea, made_at timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (id, agent_id)
        );
        """;

    public const string Drop = """
        DROP TABLE agent_sessions, hand_overs, run_calls;
        DROP SEQUENCE hand_over_versions;
        """;
}
