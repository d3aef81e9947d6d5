using System.Globalization;

namespace Probes.Contracts.Documents;

/// <summary>Durations as documents and command lines write them: a whole number and a unit of ms, s, m, h or d, such as <c>500ms</c>.</summary>
public static class Durations
{
    public const string Allowed = "a whole number and a unit: 500ms, 30s, 5m, 24h, 7d";

    private static readonly (string Unit, TimeSpan Span)[] Units =
    [
        ("ms", TimeSpan.FromMilliseconds(1)), ("s", TimeSpan.FromSeconds(1)), ("m", TimeSpan.FromMinutes(1)), ("h", TimeSpan.FromHours(1)), ("d", TimeSpan.FromDays(1)),
    ];

    /// <summary>False when the text has another form, or is longer than 3,650 days.</summary>
    public static bool TryParse(string text, out TimeSpan duration)
    {
        duration = default;
        foreach (var (unit, span) in Units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal)
                && long.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                && count <= TimeSpan.FromDays(3650).Ticks / span.Ticks)
            {
                duration = span * count;
                return true;
            }
        }

        return false;
    }

    /// <summary>In the largest unit that leaves a whole number; parts of a millisecond are dropped.</summary>
    public static string Format(TimeSpan duration)
    {
        var (unit, span) = Units.Last(u => duration.Ticks % u.Span.Ticks == 0 && duration >= u.Span || u.Unit == "ms");
        return string.Create(CultureInfo.InvariantCulture, $"{duration.Ticks / span.Ticks}{unit}");
    }
}
