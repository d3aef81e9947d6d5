namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>
/// What other agents said of suspicions, kept for a day; and since when each agent has measured by which engine, the first known one since ever (0).
/// </summary>
internal static class ConfirmationTables
{
    public const string Create = """
        CREATE TABLE confirmations (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            check_id integer NOT NULL, region text NOT NULL, at_us bigint NOT NULL, runs text NOT NULL
        );
        CREATE INDEX confirmations_at ON confirmations (at_us);
        CREATE TABLE agent_engines (
            agent_id integer NOT NULL, since_us bigint NOT NULL, engine text NOT NULL,
            PRIMARY KEY (agent_id, since_us)
        );
        """;

    public const string Drop = "DROP TABLE confirmations; DROP TABLE agent_engines;";
}
