using MathNet.Numerics;

namespace Probes.Orchestrator.Detection;

/// <summary>Whether failures became more: Fisher's exact test of a two by two table (Fisher, "Statistical Methods for Research Workers", 5th ed. 1934, section 21.02).</summary>
internal static class FailureTest
{
    /// <summary>One-sided: the chance to see at least this many of all failures among the latest runs, if those were like the ones before.</summary>
    /// <param name="failed">Of the latest.</param>
    /// <param name="runs">The latest; at least <paramref name="failed"/>.</param>
    /// <param name="failedBefore">Of those before.</param>
    /// <param name="runsBefore">Those before; at least <paramref name="failedBefore"/>.</param>
    public static double PValue(long failed, long runs, long failedBefore, long runsBefore)
    {
        var all = failed + failedBefore;
        var sum = 0.0;
        for (var k = failed; k <= Math.Min(runs, all); k++)
        {
            sum += Math.Exp(LogChoose(runs, k) + LogChoose(runsBefore, all - k) - LogChoose(runs + runsBefore, all));
        }

        return Math.Min(1, sum);
    }

    private static double LogChoose(long n, long k) =>
        k > n ? double.NegativeInfinity : SpecialFunctions.GammaLn(n + 1) - SpecialFunctions.GammaLn(k + 1) - SpecialFunctions.GammaLn(n - k + 1);
}
