namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>Runs whose results agents gave up. They are counted once as results are: by the sequence they have in their spool.</summary>
internal static class GapTables
{
    public const string Create = """
        CREATE TABLE gaps (
            agent_id integer NOT NULL, epoch bigint NOT NULL, sequence bigint NOT NULL,
            check_id integer, reason smallint NOT NULL, runs bigint NOT NULL, from_us bigint NOT NULL, to_us bigint NOT NULL, told_us bigint NOT NULL,
            PRIMARY KEY (agent_id, epoch, sequence)
        );
        CREATE INDEX gaps_to ON gaps (to_us);
        """;

    public const string Drop = "DROP TABLE gaps;";
}
