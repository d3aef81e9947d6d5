namespace Probes.Orchestrator.Detection;

/// <summary>Wilson score interval of a proportion (E. B. Wilson, "Probable inference, the law of succession, and statistical inference", JASA 1927).</summary>
internal static class Wilson
{
    /// <summary>Quantile of the standard normal distribution for a two-sided 95 %.</summary>
    public const double Z95 = 1.959964;

    /// <summary>The same for 99.9 %.</summary>
    public const double Z999 = 3.290527;

    /// <summary>Bounds in 0..1; (0, 1) when there are no trials.</summary>
    public static (double Low, double High) Interval(long successes, long trials, double z = Z95)
    {
        if (trials == 0)
        {
            return (0, 1);
        }

        double n = trials, p = successes / n;
        var middle = (p + z * z / (2 * n)) / (1 + z * z / n);
        var half = z / (1 + z * z / n) * Math.Sqrt(p * (1 - p) / n + z * z / (4 * n * n));
        return (Math.Max(0, middle - half), Math.Min(1, middle + half));
    }
}
