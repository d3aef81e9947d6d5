using Microsoft.AspNetCore.Components;

namespace Probes.Orchestrator.Dashboard.Parts;

public partial class WorldMap
{
    [Parameter, EditorRequired]
    public IReadOnlyList<RegionMark> Marks { get; set; } = [];

    // Drawn healthy first, so that trouble lies on top.
    private IEnumerable<RegionMark> Placed => Marks.Where(m => m.Latitude is not null && m.Longitude is not null).Reverse();

    private string Summary => "World map of regions: " + string.Join(", ", Marks.Select(m => $"{m.Region} {Show.Level(m.Level)}"));

    private static bool LabelLeft(RegionMark mark) => mark.Longitude > 110;
}
