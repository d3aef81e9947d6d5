using System.Globalization;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary>The report of a backtest as lines for a terminal.</summary>
internal static class BacktestWords
{
    private static readonly string[] Episodes = ["CHECK", "REGION", "LEVEL", "SINCE", "FOR", "IS", "BLAMED ON"];

    internal static IEnumerable<string> Lines(JsonElement report)
    {
        var (current, proposed) = (report.GetProperty("current"), report.TryGetProperty("proposed", out var p) && p.ValueKind == JsonValueKind.Object ? p : (JsonElement?)null);
        yield return string.Create(CultureInfo.InvariantCulture,
            $"{report.GetProperty("checkRegions").GetInt32()} checks by region from {Time(report, "from")} to {Time(report, "to")} UTC, {report.GetProperty("judgments").GetInt64()} judgments in {report.GetProperty("seconds").GetDouble():0.0} s");
        yield return "";
        string[] headings = proposed is null ? ["", "IN FORCE"] : ["", "IN FORCE", "PROPOSED"];
        foreach (var line in Table.Lines(headings, [.. Rows(current, proposed)]))
        {
            yield return line;
        }

        foreach (var line in Of("Flagged by the settings in force", current).Concat(proposed is { } other ? Of("Flagged by the settings proposed", other) : []))
        {
            yield return line;
        }

        var missed = report.GetProperty("incidents").EnumerateArray().Where(i => OrchestratorClient.Text(i, "finding") == "confirmed"
            && !i.GetProperty(proposed is null ? "current" : "proposed").GetProperty("flagged").GetBoolean()).ToList();
        foreach (var line in missed.Select(m => $"missed: incident {OrchestratorClient.Text(m, "id")}, {OrchestratorClient.Text(m, "title")}, from {Time(m, "startedAt")} UTC").Prepend(missed.Count > 0 ? "" : null).OfType<string>())
        {
            yield return line;
        }
    }

    private static IEnumerable<string[]> Rows(JsonElement current, JsonElement? proposed)
    {
        (string Name, Func<JsonElement, string> Of)[] shown =
        [
            ("episodes", s => Whole(s.GetProperty("episodes").GetArrayLength() + s.GetProperty("leftOut").GetInt64())),
            ("hits (confirmed incidents)", s => Score(s, "hits")),
            ("false alarms", s => Score(s, "falseAlarms")),
            ("undecided", s => Score(s, "undecided")),
            ("confirmed incidents missed", s => Score(s, "missed")),
            ("median delay", s => s.GetProperty("score").GetProperty("medianDelaySeconds") is { ValueKind: JsonValueKind.Number } d ? $"{d.GetDouble().ToString("0", CultureInfo.InvariantCulture)} s" : "-"),
        ];
        foreach (var (name, of) in shown)
        {
            yield return proposed is { } other ? [name, of(current), of(other)] : [name, of(current)];
        }

        foreach (var setting in proposed is { } with ? with.GetProperty("settings").EnumerateObject().ToList() : [])
        {
            var was = current.GetProperty("settings").GetProperty(setting.Name);
            if (was.GetDouble() != setting.Value.GetDouble())
            {
                yield return [setting.Name, was.GetRawText(), setting.Value.GetRawText()];
            }
        }
    }

    private static IEnumerable<string> Of(string title, JsonElement side)
    {
        List<string[]> rows =
        [
            .. side.GetProperty("episodes").EnumerateArray().Select(e => new[]
            {
                OrchestratorClient.Text(e, "check"), OrchestratorClient.Text(e, "region"), OrchestratorClient.Text(e, "level"), Time(e, "since"), Lasted(e), Is(OrchestratorClient.Text(e, "is")),
                e.GetProperty("cause") is { ValueKind: JsonValueKind.Object } cause ? OrchestratorClient.Text(cause, "culprit") : "-",
            }),
        ];
        return rows.Count == 0 ? ["", $"{title}: nothing."] : Table.Lines(Episodes, rows).Prepend(title + ":").Prepend("");
    }

    private static string Is(string word) => word == "falseAlarm" ? "false alarm" : word;

    private static string Lasted(JsonElement episode) => episode.GetProperty("endedAt") is { ValueKind: JsonValueKind.String } end
        ? $"{(end.GetDateTimeOffset() - episode.GetProperty("since").GetDateTimeOffset()).TotalMinutes.ToString("0", CultureInfo.InvariantCulture)} min" : "open";

    private static string Score(JsonElement side, string name) => Whole(side.GetProperty("score").GetProperty(name).GetInt64());

    private static string Whole(long number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Time(JsonElement json, string name) => json.GetProperty(name).GetDateTimeOffset().UtcDateTime.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture);
}
