namespace Probes.Contracts.Checks;

public enum LocationType { Cloud = 1, Private }

/// <summary>A named place that agents join.</summary>
public sealed record Location
{
    /// <summary>Unique name, same form as a check's.</summary>
    public required string Name { get; init; }

    public LocationType Type { get; init; } = LocationType.Private;

    /// <summary>Area of the heatmap; empty means the location is its own region.</summary>
    public string Region { get; init; } = "";

    public string Description { get; init; } = "";

    /// <summary>Checks of other projects may name it. They never run here unless they do.</summary>
    public bool Shared { get; init; }

    /// <summary>Degrees north, -90 to 90; null when not given.</summary>
    public double? Latitude { get; init; }

    /// <summary>Degrees east, -180 to 180; null when not given.</summary>
    public double? Longitude { get; init; }

    public string RegionOrName => Region.Length > 0 ? Region : Name;
}
