namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>
/// Who leads, and which orchestrators live. The epoch grows with each new holder; whoever writes as the leader holds its epoch against the row in the same transaction, so that one who was
/// paused and does not know yet that it was replaced changes nothing. Times are the database's.
/// </summary>
internal static class LeaseTables
{
    public const string Create = """
        CREATE TABLE leases (
            name text PRIMARY KEY, holder text NOT NULL, epoch bigint NOT NULL, expires_at timestamptz NOT NULL
        );
        CREATE TABLE replicas (
            name text PRIMARY KEY, version text NOT NULL, started_at timestamptz NOT NULL, seen_at timestamptz NOT NULL
        );
        """;

    public const string Drop = "DROP TABLE leases, replicas;";
}
