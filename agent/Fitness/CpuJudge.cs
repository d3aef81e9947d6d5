using System.Globalization;

namespace Probes.Agent.Fitness;

/// <summary>What the machine gave this process; null where the system does not say.</summary>
/// <param name="Lag">How much later than asked for the last look came.</param>
/// <param name="Throttled">Part of the last seconds that its CPU limit held it back, 0 to 1.</param>
/// <param name="Collecting">Part of them that the runtime stood still to collect garbage, 0 to 1.</param>
/// <param name="Queued">How long one of its threads waited for a CPU each time it wanted one, on average.</param>
internal readonly record struct CpuSignals(TimeSpan Lag, double? Throttled, double Collecting, TimeSpan? Queued);

/// <summary>Whether the process gets the CPU it asks for: if not, it measures its own waiting.</summary>
internal static class CpuJudge
{
    public const double MostHeld = 0.2;

    /// <summary>A look that comes this late, twice in a row.</summary>
    public static readonly TimeSpan MostLag = TimeSpan.FromMilliseconds(500);

    /// <summary>Nobody ran for so long: stopped, suspended, or starved outright.</summary>
    public static readonly TimeSpan Stopped = TimeSpan.FromSeconds(2);

    /// <summary>Far above what a busy machine shows: less makes runs slow without making them wrong.</summary>
    public static readonly TimeSpan MostQueued = TimeSpan.FromMilliseconds(200);

    public static Look Judge(in CpuSignals s) =>
        s.Lag > Stopped ? new Look(Health.Certain, string.Create(CultureInfo.InvariantCulture, $"the agent did not run for {s.Lag.TotalSeconds:0.0} s: it was stopped, suspended or starved"))
        : s.Lag > MostLag ? new Look(Health.Bad, string.Create(CultureInfo.InvariantCulture, $"timers come {s.Lag.TotalMilliseconds:0} ms late"))
        : s.Throttled > MostHeld ? new Look(Health.Bad, string.Create(CultureInfo.InvariantCulture, $"its CPU limit holds it back {100 * s.Throttled:0} % of the time"))
        : s.Collecting > MostHeld ? new Look(Health.Bad, string.Create(CultureInfo.InvariantCulture, $"it collects garbage {100 * s.Collecting:0} % of the time"))
        : s.Queued > MostQueued ? new Look(Health.Bad, string.Create(CultureInfo.InvariantCulture, $"its threads wait {s.Queued.Value.TotalMilliseconds:0} ms for a CPU each time"))
        : Look.Good;
}
