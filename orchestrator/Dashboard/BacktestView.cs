using System.Globalization;
using Microsoft.Extensions.Primitives;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Detection.Backtest;

namespace Probes.Orchestrator.Dashboard;

/// <summary>What the page of a backtest reads from its form, and what it draws.</summary>
internal static class BacktestView
{
    /// <summary>Where on the drawing, 0 to <see cref="Width"/>.</summary>
    public sealed record Bar(double X, double Width, string Class, string Title);

    /// <summary>One check in one region: what people know of it, and what either would have flagged.</summary>
    public sealed record Track(string Check, string Region, IReadOnlyList<Bar> Incidents, IReadOnlyList<Bar> Current, IReadOnlyList<Bar> Proposed);

    /// <summary>An episode, and which of the two flag it.</summary>
    public sealed record Line(Episode Episode, bool InForce, bool Proposed);

    public const int Width = 1000;

    /// <summary>The field of a setting in the form.</summary>
    public static string Field(RuleSetting setting) => "setting." + setting.Name;

    /// <summary>Settings that the form changes, by name, or the first mistake.</summary>
    public static (Dictionary<string, double> Settings, string Error) Read(Func<string, StringValues> form)
    {
        var settings = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var setting in DetectorSettings.All)
        {
            var text = form(Field(setting)).ToString().Trim();
            if (text.Length == 0)
            {
                continue;
            }

            if (!double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) || !(value >= setting.Least && value <= setting.Most)
                || (setting.Form != RuleSettingForm.Number && value != Math.Floor(value)))
            {
                return (settings, $"{setting.Name}: '{(text.Length > 40 ? text[..40] : text)}' is not allowed (allowed: {DetectorSettings.Allowed(setting)}).");
            }

            settings[setting.Name] = value;
        }

        return (settings, "");
    }

    /// <summary>All episodes once, those that only one side has among them, oldest first.</summary>
    public static IReadOnlyList<Line> Lines(BacktestReport report)
    {
        if (report.Proposed is not { } proposed)
        {
            return [.. report.Current.Episodes.Select(e => new Line(e, true, false))];
        }

        var (ours, theirs) = (report.Current.Episodes.ToLookup(e => (e.Check, e.Region)), proposed.Episodes.ToLookup(e => (e.Check, e.Region)));
        return
        [
            .. proposed.Episodes.Select(e => new Line(e, ours[(e.Check, e.Region)].Any(o => Overlap(e, o, report.To)), true))
                .Concat(report.Current.Episodes.Where(e => !theirs[(e.Check, e.Region)].Any(o => Overlap(e, o, report.To))).Select(e => new Line(e, true, false)))
                .OrderBy(l => l.Episode.FlaggedAt),
        ];
    }

    /// <summary>Pairs that have anything to show, those with most first.</summary>
    public static IReadOnlyList<Track> Tracks(BacktestReport report, IReadOnlyList<Detection.Incidents.Incident> incidents)
    {
        var impacts = incidents.SelectMany(i => i.Impacts.Select(m => (Incident: i, Impact: m))).Where(i => report.Incidents.Any(r => r.Id == i.Incident.Id)).ToLookup(i => (i.Impact.Check, i.Impact.Region));
        var (current, proposed) = (report.Current.Episodes.ToLookup(e => (e.Check, e.Region)), (report.Proposed?.Episodes ?? []).ToLookup(e => (e.Check, e.Region)));
        return
        [
            .. current.Select(c => c.Key).Concat(proposed.Select(p => p.Key)).Distinct()
                .OrderByDescending(k => current[k].Count() + proposed[k].Count()).ThenBy(k => k.Check, StringComparer.Ordinal).ThenBy(k => k.Region, StringComparer.Ordinal)
                .Select(k => new Track(k.Check, k.Region,
                    [.. impacts[k].Select(i => Draw(report, i.Impact.StartedAt, i.Impact.EndedAt, i.Incident.Finding ?? "open", $"incident {i.Incident.Id}, {i.Incident.Finding ?? "nobody has said what it was"}"))],
                    [.. current[k].Select(e => Draw(report, e))], [.. proposed[k].Select(e => Draw(report, e))])),
        ];
    }

    public static string Is(EpisodeIs what) => what switch { EpisodeIs.Hit => "hit", EpisodeIs.FalseAlarm => "false alarm", _ => "undecided" };

    public static string Delay(double? seconds) => seconds switch
    {
        null => Show.None,
        < 0 => $"{Show.Duration(TimeSpan.FromSeconds(-seconds.Value))} before",
        _ => Show.Duration(TimeSpan.FromSeconds(seconds.Value)),
    };

    public static string Number(double value) => value.ToString(CultureInfo.InvariantCulture);

    private static Bar Draw(BacktestReport report, Episode e) => Draw(report, e.Since, e.EndedAt, Show.LevelKey(e.Level), $"{Show.Level(e.Level)} for {Show.Duration((e.EndedAt ?? report.To) - e.Since)}: {e.Sentence}");

    private static Bar Draw(BacktestReport report, DateTimeOffset from, DateTimeOffset? to, string @class, string title)
    {
        var x = Math.Clamp(Width * ((from - report.From) / (report.To - report.From)), 0, Width - 3);
        var end = Math.Clamp(Width * (((to ?? report.To) - report.From) / (report.To - report.From)), 0, Width);
        return new Bar(x, Math.Max(3, end - x), @class, string.Create(CultureInfo.InvariantCulture, $"{from.UtcDateTime:MM-dd HH:mm} UTC. {title}"));
    }

    private static bool Overlap(Episode a, Episode b, DateTimeOffset to) => a.Since < (b.EndedAt ?? to) && b.Since < (a.EndedAt ?? to);
}
