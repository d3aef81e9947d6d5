namespace Probes.Orchestrator.Store.Postgres.Migrations;

/// <summary>Rollups of minutes, partitioned by day as results are: a day that is over is dropped whole, and the index that new ones go into stays small.</summary>
internal static class MinuteTables
{
    private const string Columns = """
        minute integer NOT NULL, check_id integer NOT NULL, agent_id integer NOT NULL, data bytea NOT NULL, PRIMARY KEY (check_id, minute, agent_id)
        """;

    public const string Create = $"""
        ALTER TABLE rollups RENAME TO rollups_whole;
        ALTER INDEX rollups_pkey RENAME TO rollups_whole_pkey;
        ALTER INDEX rollups_minute RENAME TO rollups_whole_minute;
        CREATE TABLE rollups ({Columns}) PARTITION BY RANGE (minute);
        CREATE INDEX rollups_minute ON rollups (minute);
        DO $$ DECLARE d integer; BEGIN
            FOR d IN SELECT DISTINCT minute / 1440 FROM rollups_whole LOOP
                EXECUTE format('CREATE TABLE rollups_%s PARTITION OF rollups FOR VALUES FROM (%s) TO (%s)',
                    to_char(date '1970-01-01' + d, 'YYYYMMDD'), d * 1440, (d + 1) * 1440);
            END LOOP;
        END $$;
        INSERT INTO rollups (minute, check_id, agent_id, data) SELECT minute, check_id, agent_id, data FROM rollups_whole;
        DROP TABLE rollups_whole;
        """;

    public const string Drop = $"""
        ALTER TABLE rollups RENAME TO rollups_parts;
        ALTER INDEX rollups_pkey RENAME TO rollups_parts_pkey;
        ALTER INDEX rollups_minute RENAME TO rollups_parts_minute;
        CREATE TABLE rollups ({Columns});
        CREATE INDEX rollups_minute ON rollups (minute);
        INSERT INTO rollups (minute, check_id, agent_id, data) SELECT minute, check_id, agent_id, data FROM rollups_parts;
        DROP TABLE rollups_parts;
        """;
}
