namespace Probes.Faults.Plans;

/// <summary>One fault as it went. Times in microseconds since the Unix epoch.</summary>
internal sealed class Window(string name, long fromUs)
{
    public string Name => name;

    public long FromUs => fromUs;

    /// <summary>When the next one began.</summary>
    public long ToUs { get; set; } = long.MaxValue;

    /// <summary>Why it was left out; null: it was done.</summary>
    public string? Skipped { get; init; }

    /// <summary>Agents must have given results up.</summary>
    public bool Drops { get; init; }

    /// <summary>Results that came again and were dropped meanwhile.</summary>
    public long Duplicates { get; set; }

    /// <summary>Seconds from the end of the fault until every request seen before was stored and every agent's new ones came; null: not within the limit.</summary>
    public double? Recovered { get; set; }
}
