using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>One result in COPY's form; the order of columns is that of the COPY statement.</summary>
internal static class PostgresRow
{
    public static void Write(CopyBuffer copy, in PendingRow row, RollupKey key)
    {
        var result = row.Item.Result;
        copy.Row(21);
        copy.Long(row.DueMicros);
        copy.Long(row.Item.Sequence);
        copy.Long(row.Epoch);
        copy.Long(Micros.Of(result.Duration));
        Phase(copy, result.Phases.Dns);
        Phase(copy, result.Phases.Connect);
        Phase(copy, result.Phases.Tls);
        Phase(copy, result.Phases.Send);
        Phase(copy, result.Phases.Wait);
        Phase(copy, result.Phases.Transfer);
        copy.Long(Micros.Of(result.Late));
        copy.Long(result.CheckRevision);
        copy.Int((int)key.Minute);
        copy.Int(row.Item.CheckId);
        copy.Int(row.AgentId);
        copy.Int(result.StatusCode);
        copy.Int(Attempts.Of(result));
        copy.Short((short)result.Status);
        copy.Short((short)result.Source);
        if (result.Reason.Length == 0)
        {
            copy.Null();
        }
        else
        {
            // PostgreSQL's text cannot hold U+0000.
            copy.Text(result.Reason.Replace('\0', ' '));
        }

        if (ResultDetail.Encode(result) is { } detail)
        {
            copy.Bytes(detail);
        }
        else
        {
            copy.Null();
        }
    }

    private static void Phase(CopyBuffer copy, TimeSpan? time)
    {
        if (time is { } span)
        {
            copy.Long(Micros.Of(span));
        }
        else
        {
            copy.Null();
        }
    }
}
