namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>
/// What is stored and not yet in the rollups. The orchestrator that stored it (the writer) has it in memory and adds it within seconds; the mark is its right to: whoever computes the
/// minute anew from results takes the marks away, and the writer then drops what it holds. Marks that grow old are of a writer that died.
/// </summary>
internal static class PendingTables
{
    public const string Create = """
        CREATE TABLE pending_marks (
            writer bigint NOT NULL, tx bigint NOT NULL, minute integer NOT NULL, agent_id integer NOT NULL,
            at timestamptz NOT NULL DEFAULT now()
        );
        CREATE INDEX pending_marks_writer ON pending_marks (writer, tx);
        CREATE INDEX pending_marks_minute ON pending_marks (minute, agent_id);
        """;

    public const string Drop = "DROP TABLE pending_marks;";
}
