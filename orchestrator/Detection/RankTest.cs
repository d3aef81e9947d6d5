using MathNet.Numerics.Distributions;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>How two samples differ. <paramref name="Superiority"/>: probability that a value of the first is larger, ties counted half.</summary>
/// <param name="PValue">One-sided: chance to see this or more if the first were not larger.</param>
internal readonly record struct RankComparison(double Superiority, double PValue);

/// <summary>
/// Mann-Whitney U (1947) on bucketed values, with the normal approximation corrected for ties and continuity (Lehmann,
/// "Nonparametrics", 1975, section 1.2 to 1.4). Sketch buckets of both samples have the same bounds, so that equal buckets are ties.
/// </summary>
internal static class RankTest
{
    /// <summary>Asks whether <paramref name="current"/> is larger than <paramref name="baseline"/>; both hold at least one value.</summary>
    public static RankComparison Larger(Sketch current, Sketch baseline)
    {
        double n1 = current.Count, n2 = baseline.Count, total = n1 + n2;
        double u = 0, below = 0, ties = 0;
        using var ours = current.Buckets().GetEnumerator();
        using var theirs = baseline.Buckets().GetEnumerator();
        var (hasOurs, hasTheirs) = (ours.MoveNext(), theirs.MoveNext());
        while (hasOurs || hasTheirs)
        {
            var order = !hasOurs ? 1 : !hasTheirs ? -1 : Compare(ours.Current.Value, theirs.Current.Value);
            double x = order <= 0 ? ours.Current.Count : 0, y = order >= 0 ? theirs.Current.Count : 0;
            u += x * (below + 0.5 * y);
            below += y;
            ties += Math.Pow(x + y, 3) - (x + y);
            hasOurs = order <= 0 ? ours.MoveNext() : hasOurs;
            hasTheirs = order >= 0 ? theirs.MoveNext() : hasTheirs;
        }

        var variance = n1 * n2 / 12 * (total + 1 - ties / (total * (total - 1)));
        var z = variance <= 0 ? 0 : (u - n1 * n2 / 2 - 0.5) / Math.Sqrt(variance);
        return new RankComparison(u / (n1 * n2), Normal.CDF(0, 1, -z));
    }

    // Representatives of one bucket are computed alike, but not compared for equality of doubles.
    private static int Compare(double a, double b) => Math.Abs(a - b) <= 1e-9 * b ? 0 : a.CompareTo(b);
}
