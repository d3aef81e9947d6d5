using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Testing;

/// <summary>Minute rollups that agree with what the made-up heatmap shows.</summary>
internal static class DashboardRollups
{
    private const int RunsEach = 6;

    /// <param name="median">Milliseconds of a region's minute; null: none passed.</param>
    /// <param name="runs">How many runs the minute has.</param>
    public static IReadOnlyList<RollupRow> Of(
        DashboardWorld world, int checkId, DateTimeOffset from, DateTimeOffset to, Func<string, DateTimeOffset, double?> median, Func<string, DateTimeOffset, long> runs)
    {
        var rows = new List<RollupRow>();
        var last = to < world.Now() ? to : world.Now();
        for (var minute = from.ToUnixTimeSeconds() / 60; minute * 60 < last.ToUnixTimeSeconds(); minute++)
        {
            var at = DateTimeOffset.UnixEpoch.AddMinutes(minute);
            foreach (var agent in world.Current.AgentsById.Values.Where(a => runs(a.Location[..^2], at) > 0).OrderBy(a => a.Id))
            {
                var typical = median(agent.Location[..^2], at);
                rows.Add(new RollupRow(new RollupKey(checkId, agent.Id, minute), RollupBuilder.Build(Enumerable.Range(0, RunsEach).Select(i => Run(typical * (0.95 + (0.02 * i)))))));
            }
        }

        return rows;
    }

    private static StoredRun Run(double? ms) => ms is not { } passed
        ? new StoredRun(RunStatus.Failed, FailureSource.Target, 9000, 4000, -1, -1, -1, -1, -1)
        : new StoredRun(RunStatus.Passed, FailureSource.None, Part(passed, 1), Part(passed, 0.1), Part(passed, 0.2), Part(passed, 0.2), Part(passed, 0.01), Part(passed, 0.4), Part(passed, 0.05));

    private static long Part(double ms, double share) => (long)(1000 * ms * share);
}
