namespace Probes.Orchestrator.Dashboard;

/// <summary>
/// Which of nine colours a value gets. Milliseconds are cut on a logarithmic scale between the bulk of the values, so that one
/// outlier does not make all else look alike; availability is cut at fixed losses, so that a colour always tells the same.
/// <c>wwwroot/js/scale.js</c> does the same for live cells.
/// </summary>
internal sealed record HeatScale(string Unit, double Low, double High)
{
    public const int Steps = 9;

    // Upper ends of the lost share of each colour but the last.
    private static readonly double[] Losses = [0.0001, 0.001, 0.005, 0.01, 0.05, 0.1, 0.25, 0.5];

    /// <param name="values">Those shown; nulls are left out.</param>
    public static HeatScale For(string unit, IEnumerable<double?> values)
    {
        var sorted = values.Where(v => v is > 0 && double.IsFinite(v.Value)).Select(v => v!.Value).Order().ToArray();
        if (unit == "ratio" || sorted.Length == 0)
        {
            return new HeatScale(unit, 1, 100);
        }

        var low = sorted[(int)(0.02 * (sorted.Length - 1))];
        var high = sorted[(int)(0.98 * (sorted.Length - 1))];
        // A quiet check must look quiet: at least a factor of four is spread over the colours.
        return new HeatScale(unit, low, Math.Max(high, low * 4));
    }

    /// <summary>0 (best) to 8.</summary>
    public int Step(double value)
    {
        if (Unit == "ratio")
        {
            var lost = 1 - value;
            var at = Array.FindIndex(Losses, l => lost <= l);
            return at < 0 ? Steps - 1 : at;
        }

        var part = Math.Log(Math.Max(value, Low) / Low) / Math.Log(High / Low);
        return Math.Clamp((int)(part * Steps), 0, Steps - 1);
    }

    /// <summary>Where the first and the last colour begin and end, for the legend.</summary>
    public (string Best, string Worst) Ends => Unit == "ratio" ? ("100 %", "< 50 %") : ("≤ " + Show.Ms(Low), "≥ " + Show.Ms(High));
}
