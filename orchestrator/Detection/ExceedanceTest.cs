using MathNet.Numerics;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection;

/// <summary>
/// How many values of a small sample lie above a high order statistic of another: the precedence test of Nelson (Technometrics 1963; Balakrishnan and Ng, "Precedence-Type
/// Tests and Applications", 2006, section 2.2). Exact for any continuous distribution, and so sharp where a normal approximation is blunt: five of five runs slower
/// than all of sixty before them happen by chance once in eight million times. Values that share a bucket with the order statistic do not count as above it.
/// </summary>
internal static class ExceedanceTest
{
    // Parts of the baseline that may lie above the line. Chosen beforehand: looking for the best line in the data would make chance look like proof.
    private static readonly double[] Above = [0, 0.05, 0.2];

    /// <summary>One-sided p-value of <paramref name="current"/> being larger, for the best of the three lines, corrected for their number; both hold at least one value.</summary>
    public static double Larger(Sketch current, Sketch baseline)
    {
        var best = 1.0;
        foreach (var part in Above)
        {
            best = Math.Min(best, PValue(current, baseline, (long)(part * baseline.Count)));
        }

        return Math.Min(1, best * Above.Length);
    }

    /// <param name="current">The small sample.</param>
    /// <param name="baseline">The other.</param>
    /// <param name="above">How many of the baseline's values lie above the line: the line is the next largest one.</param>
    internal static double PValue(Sketch current, Sketch baseline, long above)
    {
        var line = Line(baseline, above);
        long exceeding = 0;
        foreach (var (value, count) in current.Buckets())
        {
            exceeding += value > line * (1 + 1e-9) ? count : 0;
        }

        return Tail(exceeding, current.Count, above, baseline.Count);
    }

    /// <summary>Chance that at least <paramref name="least"/> of <paramref name="n"/> new values exceed the (above + 1)-th largest of <paramref name="before"/>.</summary>
    internal static double Tail(long least, long n, long above, long before)
    {
        var sum = 0.0;
        for (var k = least; k <= n; k++)
        {
            sum += Math.Exp(LogChoose(k + above, k) + LogChoose(before - above - 1 + n - k, n - k) - LogChoose(before + n, n));
        }

        return Math.Min(1, sum);
    }

    private static double LogChoose(long n, long k) => SpecialFunctions.GammaLn(n + 1) - SpecialFunctions.GammaLn(k + 1) - SpecialFunctions.GammaLn(n - k + 1);

    private static double Line(Sketch baseline, long above)
    {
        var seen = 0L;
        foreach (var (value, count) in baseline.Buckets().Reverse())
        {
            seen += count;
            if (seen > above)
            {
                return value;
            }
        }

        return double.PositiveInfinity;
    }
}
