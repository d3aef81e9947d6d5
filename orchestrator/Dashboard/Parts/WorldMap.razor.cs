using Microsoft.AspNetCore.Components;

namespace Probes.Orchestrator.Dashboard.Parts;

public partial class WorldMap
{
    [Parameter, EditorRequired]
    public IReadOnlyList<RegionMark> Marks { get; set; } = [];

    // Drawn healthy first, so that trouble lies on top.
    private IEnumerable<RegionMark> Placed => Marks.Where(m => m.Latitude is not null && m.Longitude is not null).Reverse();

    private string Summary => "World map of regions: " + string.Join(", ", Marks.Select(m => $"{m.Region} {Show.Level(m.Level)}"));

    // Near the right edge, or where the next mark would lie under the label.
    private static bool LabelLeft(RegionMark mark, IEnumerable<RegionMark> all)
    {
        var (x, y) = (WorldProjection.X(mark.Longitude!.Value), WorldProjection.Y(mark.Latitude!.Value));
        const double LetterWidth = 7;
        var end = x + 20 + (mark.Region.Length * LetterWidth);
        return end > 1000 || all.Any(o => o != mark && WorldProjection.X(o.Longitude!.Value) is var ox && ox > x && ox < end + 6
            && Math.Abs(WorldProjection.Y(o.Latitude!.Value) - y) < 14);
    }
}
