namespace Probes.Contracts.Checks;

/// <summary>What to test, how often, from where, and what must hold.</summary>
public sealed record Check
{
    /// <summary>Unique, as <see cref="QualifiedName"/> makes it of a project and a name, each 1 to 63 of a-z, 0-9 and '-', starting and ending with a letter or digit (RFC 1123 label).</summary>
    public required string Name { get; init; }

    /// <summary>Revision of the definition; 0 before the catalog has stored it.</summary>
    public long Revision { get; init; }

    public string Description { get; init; } = "";

    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();

    /// <summary>1 s to 24 h, default 60 s. Every location runs the check once per interval.</summary>
    public TimeSpan Interval { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>100 ms up to the interval, default 10 s or the interval, whichever is less.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Whether and how a failed run is made again; null: it is not.</summary>
    public Retry? Retry { get; init; }

    /// <summary>How long after its start the last result of a due time may be made.</summary>
    public TimeSpan LongestRun => Retry?.Longest(Timeout) ?? Timeout;

    /// <summary>Qualified names of locations that run it, others' only while they are shared; empty means every location of its own project.</summary>
    public IReadOnlyList<string> Locations { get; init; } = [];

    public required ProbeSpec Probe { get; init; }

    public IReadOnlyList<Assertion> Assertions { get; init; } = [];
}

/// <summary>What a probe of one kind needs; one derived record per kind.</summary>
public abstract record ProbeSpec
{
    /// <summary>The kind's name in YAML, JSON and metrics.</summary>
    public abstract string Kind { get; }
}
