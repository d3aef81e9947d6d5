using System.Globalization;
using Probes.Orchestrator.Detection;

namespace Probes.Orchestrator.Dashboard;

/// <summary>How numbers, times and levels read on the pages. A missing value is a dash, never a zero.</summary>
internal static class Show
{
    public const string None = "–";

    /// <summary>Milliseconds with as many digits as tell something: 0.42 ms, 7.3 ms, 142 ms, 1.24 s.</summary>
    public static string Ms(double? milliseconds) => milliseconds switch
    {
        null => None,
        double.NaN => None,
        < 1 => Text(milliseconds.Value, "0.##") + " ms",
        < 10 => Text(milliseconds.Value, "0.0") + " ms",
        < 1000 => Text(milliseconds.Value, "0") + " ms",
        < 10_000 => Text(milliseconds.Value / 1000, "0.00") + " s",
        _ => Text(milliseconds.Value / 1000, "0.0") + " s",
    };

    public static string Ms(TimeSpan? time) => Ms(time?.TotalMilliseconds);

    /// <summary>A ratio as per cent; never rounded up to 100.</summary>
    public static string Percent(double? ratio) => ratio switch
    {
        null => None,
        double.NaN => None,
        >= 1 => "100 %",
        >= 0.99 => Text(Math.Floor(ratio.Value * 10_000) / 100, "0.00") + " %",
        _ => Text(ratio.Value * 100, "0.0") + " %",
    };

    public static string Value(double? value, string unit) => unit == "ratio" ? Percent(value) : Ms(value);

    public static string Count(long count) => count.ToString("N0", CultureInfo.InvariantCulture).Replace(',', '\u202f');

    /// <summary>The two largest units: 3 d 4 h, 12 min, 45 s.</summary>
    public static string Duration(TimeSpan time)
    {
        var t = time.Duration();
        return t.TotalDays >= 1 ? Two(t.Days, "d", t.Hours, "h")
            : t.TotalHours >= 1 ? Two(t.Hours, "h", t.Minutes, "min")
            : t.TotalMinutes >= 1 ? Two(t.Minutes, "min", t.TotalMinutes < 10 ? t.Seconds : 0, "s")
            : t.TotalSeconds >= 1 ? $"{t.Seconds} s"
            : $"{t.Milliseconds} ms";
    }

    public static string Skew(TimeSpan offset) => (offset < TimeSpan.Zero ? "−" : "+") + Duration(offset);

    public static string Level(Level level) => level switch
    {
        Detection.Level.Healthy => "Healthy",
        Detection.Level.Degraded => "Degraded",
        Detection.Level.Down => "Down",
        _ => "Unknown",
    };

    /// <summary>The same as a CSS class and data value.</summary>
    public static string LevelKey(Level level) => level switch
    {
        Detection.Level.Healthy => "healthy",
        Detection.Level.Degraded => "degraded",
        Detection.Level.Down => "down",
        _ => "unknown",
    };

    /// <summary>Down first, then degraded, unknown, healthy: what someone must look at first.</summary>
    public static int Urgency(Level level) => level switch
    {
        Detection.Level.Down => 0,
        Detection.Level.Degraded => 1,
        Detection.Level.Unknown => 2,
        _ => 3,
    };

    public static string Number(double value) => Text(value, "0.##");

    private static string Two(int big, string bigUnit, int small, string smallUnit) =>
        small == 0 ? $"{big} {bigUnit}" : $"{big} {bigUnit} {small} {smallUnit}";

    private static string Text(double value, string format) => value.ToString(format, CultureInfo.InvariantCulture);
}
