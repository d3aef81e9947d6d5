namespace Probes.Contracts.Checks;

/// <summary>When failures of some checks are expected: single (<see cref="From"/> and <see cref="To"/>) or recurring (<see cref="Schedule"/> and <see cref="Duration"/>).</summary>
public sealed record MaintenanceWindow
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    public static readonly TimeSpan Longest = TimeSpan.FromDays(7);

    /// <summary>Unique name, same form as a check's.</summary>
    public required string Name { get; init; }

    public string Description { get; init; } = "";

    /// <summary>For people: what is done meanwhile.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Qualified names of checks of its own project; empty: all of them.</summary>
    public IReadOnlyList<string> Checks { get; init; } = [];

    /// <summary>Regions that it covers. With <see cref="Locations"/> empty too: all.</summary>
    public IReadOnlyList<string> Regions { get; init; } = [];

    /// <summary>Qualified names of locations that it covers beside those of <see cref="Regions"/>.</summary>
    public IReadOnlyList<string> Locations { get; init; } = [];

    /// <summary>A whole minute; null when it recurs.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>A whole minute, exclusive; null when it recurs.</summary>
    public DateTimeOffset? To { get; init; }

    /// <summary>Cron of five fields; empty when it is a single one.</summary>
    public string Schedule { get; init; } = "";

    /// <summary>Of each occurrence, in elapsed time: whole minutes.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>IANA name of the zone that <see cref="Schedule"/> is in.</summary>
    public string TimeZone { get; init; } = "UTC";

    public bool Everywhere => Regions.Count + Locations.Count == 0;

    /// <summary>Whether it is about the check at all.</summary>
    /// <param name="check">Qualified name.</param>
    public bool Names(string check) => Checks.Count == 0 ? QualifiedName.ProjectOf(check) == QualifiedName.ProjectOf(Name) : Checks.Contains(check);

    /// <summary>Whether it covers a check of its own at a place.</summary>
    /// <param name="location">Qualified name.</param>
    /// <param name="region">The location's.</param>
    public bool Covers(string location, string region) => Everywhere || Regions.Contains(region) || Locations.Contains(location);
}
