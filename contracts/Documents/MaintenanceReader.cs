using System.Globalization;
using Cronos;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;

namespace Probes.Contracts.Documents;

/// <summary>Reads the spec of a maintenance window: what it covers, then when it is, in one of two forms.</summary>
internal static class MaintenanceReader
{
    private const string Forms = "from and to, or schedule and duration";
    private const string TimeAllowed = "a whole minute in RFC 3339 with its offset: 2026-01-31T22:00:00Z, 2026-01-31T22:00:00+01:00";
    private const string CronAllowed = "minute, hour, day of month, month and day of week: 30 2 * * SUN";
    private const string ZoneAllowed = "a name of the IANA time zone database: UTC, Europe/Berlin";

    private static readonly string[] TimeFormats = ["yyyy-MM-dd'T'HH:mm:ss'Z'", "yyyy-MM-dd'T'HH:mm:sszzz"];
    private static readonly string LengthAllowed = $"whole minutes, {Durations.Format(MaintenanceWindow.Shortest)} to {Durations.Format(MaintenanceWindow.Longest)}";

    /// <param name="project">The project it is of, whose checks and locations bare names mean.</param>
    public static MaintenanceWindow Read(DocumentMap spec, string project)
    {
        var covers = new MaintenanceWindow
        {
            Name = "",
            Checks = Checks(spec, project),
            Regions = Texts(spec, "regions", t => t.Length is > 0 and <= 63 && !t.Any(char.IsControl), t => t, "a region's name, 1 to 63 printable characters"),
            Locations = Texts(spec, "locations", Rules.IsReference, t => QualifiedName.Resolve(project, t), Rules.ReferenceAllowed),
            Reason = spec.Line("reason", most: 1000) ?? "",
        };
        var (single, recurring) = (spec.Has("from") | spec.Has("to"), spec.Has("schedule") | spec.Has("duration") | spec.Has("timeZone"));
        if (single == recurring)
        {
            spec.Error(single ? "from" : "", single ? "stands beside what says when it recurs" : "says nothing of when it is", Forms);
        }

        var window = single ? Single(spec, covers) : recurring ? Recurring(spec, covers) : covers;
        spec.Close();
        return window;
    }

    private static List<string> Checks(DocumentMap spec, string project)
    {
        const string Allowed = $"names of checks of its own project; or \"*\" alone, for all of them";
        var names = Texts(spec, "checks", t => t == "*" || Rules.IsName(t), t => t == "*" ? t : QualifiedName.Of(project, t), Allowed);
        if (!spec.Has("checks") || (names.Count == 0 && spec.List("checks", orOne: true).Count == 0))
        {
            spec.Error("checks", spec.Has("checks") ? "names nothing" : "is missing", Allowed);
        }
        else if (names.Contains("*") && names.Count > 1)
        {
            spec.Error("checks", "names checks beside \"*\"", Allowed);
        }

        return names.Contains("*") ? [] : names;
    }

    private static List<string> Texts(DocumentMap spec, string key, Func<string, bool> isOne, Func<string, string> name, string allowed)
    {
        List<string> names = [];
        foreach (var item in spec.List(key, orOne: true))
        {
            if (item.Text() is not { } text || !isOne(text))
            {
                item.Error($"'{DocumentMap.Shown(item.Text())}' is not allowed", allowed);
            }
            else if (names.Contains(name(text)))
            {
                item.Error($"'{text}' stands twice", "each once");
            }
            else
            {
                names.Add(name(text));
            }
        }

        return names;
    }

    private static MaintenanceWindow Single(DocumentMap spec, MaintenanceWindow window)
    {
        var (from, to) = (Time(spec, "from"), Time(spec, "to"));
        if (to <= from)
        {
            spec.Error("to", "is not after from", "a later time than from");
        }
        else if (to - from is { } length && length > MaintenanceWindow.Longest)
        {
            spec.Error("to", $"is {Durations.Format(length)} after from", $"at most {Durations.Format(MaintenanceWindow.Longest)}");
        }

        return window with { From = from, To = to };
    }

    private static DateTimeOffset? Time(DocumentMap spec, string key)
    {
        var text = spec.Line(key, required: true);
        if (text is null)
        {
            return null;
        }

        if (DateTimeOffset.TryParseExact(text, TimeFormats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var time)
            && time.Year is >= 2000 and < 2200 && time.Ticks % TimeSpan.TicksPerMinute == 0)
        {
            return time;
        }

        spec.Error(key, $"'{DocumentMap.Shown(text)}' is not allowed", TimeAllowed);
        return null;
    }

    private static MaintenanceWindow Recurring(DocumentMap spec, MaintenanceWindow window)
    {
        var schedule = spec.Line("schedule", required: true, most: 200)?.Trim();
        if (schedule is not null && Mistake(schedule) is { } mistake)
        {
            spec.Error("schedule", $"'{DocumentMap.Shown(schedule)}' {mistake}", CronAllowed);
        }

        var duration = spec.Duration("duration", required: true);
        if (duration is { } length && (length < MaintenanceWindow.Shortest || length > MaintenanceWindow.Longest || length.Ticks % TimeSpan.TicksPerMinute != 0))
        {
            spec.Error("duration", $"{Durations.Format(length)} is out of range", LengthAllowed);
        }

        var zone = spec.Line("timeZone") ?? "UTC";
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(zone, out _))
        {
            spec.Error("timeZone", $"'{DocumentMap.Shown(zone)}' is not known here{Nearest.Hint(zone, TimeZoneInfo.GetSystemTimeZones().Select(z => z.Id))}", ZoneAllowed);
        }

        return window with { Schedule = schedule ?? "", Duration = duration ?? MaintenanceWindow.Shortest, TimeZone = zone };
    }

    private static string? Mistake(string schedule) =>
        !CronExpression.TryParse(schedule, CronFormat.Standard, out var cron) ? "is not a schedule"
        // Within eight years every date there is comes up, the 29th of February too.
        : cron.GetNextOccurrence(new DateTime(2096, 12, 31, 0, 0, 0, DateTimeKind.Utc)) is not { } next || next.Year > 2104 ? "never comes" : null;
}
