namespace Probes.Orchestrator.Detection;

/// <summary>Wilson score interval of a proportion (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927).</summary>
internal static class Wilson
{
    /// <summary>Two-sided 95 %.</summary>
    private const double Z = 1.959964;

    /// <summary>Bounds in 0..1; (0, 1) when there are no trials.</summary>
    public static (double Low, double High) Interval(long successes, long trials)
    {
        if (trials == 0)
        {
            return (0, 1);
        }

        double n = trials, p = successes / n;
        var middle = (p + Z * Z / (2 * n)) / (1 + Z * Z / n);
        var half = Z / (1 + Z * Z / n) * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
        return (Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
