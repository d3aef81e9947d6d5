using System.Globalization;
using System.Text.Json;

namespace Probes.Benchmarks.Detection.Series;

/// <summary>A measured series whose anomalies people have labelled.</summary>
/// <param name="Set">Which collection it is of: its folder's name.</param>
/// <param name="Windows">First and last point of each labelled span; ascending.</param>
internal sealed record LabelledSeries(string Set, string Name, IReadOnlyList<DateTimeOffset> Times, IReadOnlyList<double> Values, IReadOnlyList<(int First, int Last)> Windows)
{
    /// <summary>The usual time between points.</summary>
    public TimeSpan Step => Times.Zip(Times.Skip(1), (a, b) => b - a).Order().ElementAt((Times.Count - 1) / 2);

    public bool IsLabelled(int point) => Windows.Any(w => point >= w.First && point <= w.Last);

    /// <summary>
    /// All series below a folder: *.csv of time and value; labelled by a third column (0 or 1), as in microsoft/cloud-monitoring-dataset, or by windows.json beside them (file name to
    /// list of [from, to]), as in numenta/NAB.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is in neither form; the message says where.</exception>
    public static IReadOnlyList<LabelledSeries> Read(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.csv", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Select(ReadFile)];

    private static LabelledSeries ReadFile(string path)
    {
        var (times, values, labels) = (new List<DateTimeOffset>(), new List<double>(), new List<bool>());
        foreach (var (line, number) in File.ReadLines(path).Select((l, i) => (l, i + 1)).Skip(1).Where(l => l.l.Length > 0))
        {
            var cells = line.Split(',');
            if (cells.Length < 2 || !Moment(cells[0], out var at) || !double.TryParse(cells[1], NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                throw new InvalidDataException($"{path}:{number}: expected a time (UTC), a number, and a label 0 or 1 unless there is a windows.json; found '{line}'");
            }

            times.Add(at);
            values.Add(value);
            labels.Add(cells.Length > 2 && cells[2].Trim() == "1");
        }

        if (times.Count < 2)
        {
            throw new InvalidDataException($"{path}: holds {times.Count} points; at least two are needed");
        }

        var windows = Path.Combine(Path.GetDirectoryName(path)!, "windows.json");
        var spans = File.Exists(windows) ? FromWindows(windows, Path.GetFileName(path), times) : FromLabels(labels);
        return new LabelledSeries(Path.GetFileName(Path.GetDirectoryName(path)!), Path.GetFileNameWithoutExtension(path), times, values, spans);
    }

    private static bool Moment(string text, out DateTimeOffset at) =>
        DateTimeOffset.TryParse(text.Trim('"', ' '), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out at);

    private static List<(int, int)> FromLabels(List<bool> labels)
    {
        var spans = new List<(int, int)>();
        for (var i = 0; i < labels.Count; i++)
        {
            if (labels[i] && (i == 0 || !labels[i - 1]))
            {
                var end = labels.IndexOf(false, i);
                spans.Add((i, end < 0 ? labels.Count - 1 : end - 1));
            }
        }

        return spans;
    }

    private static List<(int, int)> FromWindows(string path, string name, List<DateTimeOffset> times)
    {
        using var all = JsonDocument.Parse(File.ReadAllText(path));
        var spans = new List<(int, int)>();
        foreach (var window in all.RootElement.TryGetProperty(name, out var own) ? own.EnumerateArray() : default)
        {
            if (!Moment(window[0].GetString()!, out var from) || !Moment(window[1].GetString()!, out var to))
            {
                throw new InvalidDataException($"{path}: '{name}' has a window that is not [from, to] in UTC");
            }

            spans.Add((times.FindIndex(t => t >= from), times.FindLastIndex(t => t <= to)));
        }

        return spans;
    }
}
