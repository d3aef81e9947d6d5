namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>
/// Rollups of hours and days, by the minute they begin with, partitioned by month; how far each tier goes (all in minutes since the Unix epoch); and marks of what has to be made again.
/// Marks are only appended and deleted, like those of minutes.
/// </summary>
internal static class TierTables
{
    public const string Create = """
        CREATE TABLE hour_rollups (
            minute integer NOT NULL, check_id integer NOT NULL, agent_id integer NOT NULL, data bytea NOT NULL,
            PRIMARY KEY (check_id, minute, agent_id)
        ) PARTITION BY RANGE (minute);
        CREATE TABLE day_rollups (
            minute integer NOT NULL, check_id integer NOT NULL, agent_id integer NOT NULL, data bytea NOT NULL,
            PRIMARY KEY (check_id, minute, agent_id)
        ) PARTITION BY RANGE (minute);
        CREATE TABLE tier_marks (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            tier smallint NOT NULL, minute integer NOT NULL, check_id integer NOT NULL
        );
        CREATE INDEX tier_marks_minute ON tier_marks (tier, minute);
        CREATE TABLE tiers (
            tier smallint PRIMARY KEY, gone integer NOT NULL, built integer NOT NULL, sealed integer NOT NULL
        );
        INSERT INTO tiers VALUES (0, 0, 0, 0), (1, 0, 0, 0), (2, 0, 0, 0), (3, 0, 0, 0);
        """;

    public const string Drop = "DROP TABLE hour_rollups, day_rollups, tier_marks, tiers;";
}
