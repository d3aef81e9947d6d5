using System.Data.Common;
using Probes.Contracts.Results;

namespace Probes.Orchestrator.Store;

/// <summary>Turns a row of the results query, whose columns are the same on both engines, into a result.</summary>
internal static class ResultReader
{
    public static PagedResult Read(DbDataReader row)
    {
        var place = new ResultCursor(row.GetInt64(0), row.GetInt32(1), row.GetInt32(2), row.GetInt64(3), row.GetInt64(4));
        var (attempt, retried) = Attempts.Read(row.GetInt32(17));
        var result = new RunResult
        {
            Check = row.GetString(20),
            Due = Micros.ToTime(place.DueMicros),
            Status = (RunStatus)row.GetInt16(5),
            Source = (FailureSource)row.GetInt16(6),
            Duration = Micros.ToSpan(row.GetInt64(7)),
            Phases = new PhaseTimes(Phase(row, 8), Phase(row, 9), Phase(row, 10), Phase(row, 11), Phase(row, 12), Phase(row, 13)),
            StatusCode = row.GetInt32(14),
            Late = Micros.ToSpan(row.GetInt64(15)),
            CheckRevision = row.GetInt64(16),
            Attempt = attempt,
            Retried = retried,
            Reason = row.IsDBNull(18) ? "" : row.GetString(18),
        };
        var detail = row.IsDBNull(19) ? null : (byte[])row.GetValue(19);
        return new PagedResult(place, new StoredResult(place.CheckId, place.AgentId, ResultDetail.AddTo(result, detail)));
    }

    private static TimeSpan? Phase(DbDataReader row, int column) => row.IsDBNull(column) ? null : Micros.ToSpan(row.GetInt64(column));
}
