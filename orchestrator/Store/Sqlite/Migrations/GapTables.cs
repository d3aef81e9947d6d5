namespace Probes.Orchestrator.Store.Sqlite.Migrations;

/// <summary>Runs whose results agents gave up. They are counted once as results are: by the sequence they have in their spool.</summary>
internal static class GapTables
{
    public const string Create = """
        CREATE TABLE gaps (
            agent_id integer NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
            check_id integer, reason integer NOT NULL, runs INTEGER NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL, told_us INTEGER NOT NULL,
            PRIMARY KEY (agent_id, epoch, sequence)
        ) WITHOUT ROWID;
        CREATE INDEX gaps_to ON gaps (to_us);
        """;

    public const string Drop = "DROP TABLE gaps;";
}
