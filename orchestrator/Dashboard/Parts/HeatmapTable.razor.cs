using System.Globalization;
using Microsoft.AspNetCore.Components;
using Probes.Orchestrator.Heatmaps;

namespace Probes.Orchestrator.Dashboard.Parts;

public partial class HeatmapTable
{
    [Parameter, EditorRequired]
    public Heatmap Map { get; set; } = null!;

    [Parameter, EditorRequired]
    public HeatmapView View { get; set; } = null!;

    private HeatScale Scale { get; set; } = new("ms", 1, 100);

    private IEnumerable<string> Ticks
    {
        get
        {
            var format = View.Length > TimeSpan.FromDays(1) ? "MM-dd HH:mm" : "HH:mm";
            const int Ends = 6;
            return Enumerable.Range(0, Ends + 1).Select(i => (Map.From + ((Map.To - Map.From) * i / Ends)).UtcDateTime.ToString(format, CultureInfo.InvariantCulture));
        }
    }

    protected override void OnParametersSet() => Scale = HeatScale.For(Map.Unit, Map.Regions.SelectMany(r => r.Values));

    // No value with runs means that none of them passed; no value without runs means that nothing is known.
    private string Class(HeatmapRow row, int i) =>
        (row.Values[i] is { } value ? "s" + Scale.Step(value).ToString(CultureInfo.InvariantCulture) : row.Runs[i] > 0 ? "failed" : "empty")
        + (View.Region == row.Region && View.At == Map.Times[i] ? " chosen" : "");

    private string Text(HeatmapRow row, int i) =>
        row.Values[i] is { } value ? Show.Value(value, Map.Unit) : row.Runs[i] > 0 ? "every run failed" : "no data";

    private string Title(HeatmapRow row, int i) =>
        $"{row.Region}, {Map.Times[i].UtcDateTime.ToString("MM-dd HH:mm", CultureInfo.InvariantCulture)}: {Text(row, i)}, {row.Runs[i]} runs";

    private string Href(HeatmapRow row, int i) => (View with { Region = row.Region, At = Map.Times[i] }).Href(Map.Check) + "#runs";

    private static string Iso(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
