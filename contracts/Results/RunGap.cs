namespace Probes.Contracts.Results;

/// <summary>Why an agent gave results up.</summary>
public enum GapReason
{
    /// <summary>The spool was full: the oldest went.</summary>
    SpoolFull = 1,

    /// <summary>They were older than the spool keeps.</summary>
    Expired,

    /// <summary>The disk did not take them.</summary>
    Disk,

    /// <summary>They could not be read back.</summary>
    Corrupt,

    /// <summary>The orchestrator refused their batch for good.</summary>
    Refused,
}

/// <summary>Runs of a check whose results an agent made and could not keep: neither an outage nor health.</summary>
/// <param name="Check">Empty when the checks are no longer known.</param>
/// <param name="Reason">Why.</param>
/// <param name="Count">How many, at least 1.</param>
/// <param name="From">When the first of them was due, corrected to the orchestrator's clock.</param>
/// <param name="To">When the last of them was due.</param>
public sealed record RunGap(string Check, GapReason Reason, long Count, DateTimeOffset From, DateTimeOffset To);
