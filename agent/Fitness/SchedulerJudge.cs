using System.Globalization;

namespace Probes.Agent.Fitness;

/// <param name="Starts">Runs that were due lately.</param>
/// <param name="VeryLate">Of these, started more than <see cref="SchedulerJudge.VeryLate"/> late, or not at all.</param>
/// <param name="Worst">The latest start.</param>
internal readonly record struct SchedulerSignals(int Starts, int VeryLate, TimeSpan Worst);

/// <summary>
/// Whether runs start when they should: the 99th percentile of lateness over the last seconds against a bound. With few runs a percentile is
/// one run, so it takes three.
/// </summary>
internal static class SchedulerJudge
{
    public static readonly TimeSpan VeryLate = TimeSpan.FromMilliseconds(250);
    private const int Fewest = 3;

    public static Look Judge(in SchedulerSignals s) => s.VeryLate >= Fewest && s.VeryLate * 100L > s.Starts
        ? new Look(Health.Bad, string.Create(CultureInfo.InvariantCulture, $"{s.VeryLate} of {s.Starts} runs started over {VeryLate.TotalMilliseconds:0} ms late, the worst {s.Worst.TotalMilliseconds:0} ms"))
        : Look.Good;
}
