namespace Probes.Orchestrator.Detection.Answers;

/// <summary>How what some regions are answered differs from what the others are.</summary>
public enum DifferenceKind
{
    /// <summary>The DNS says there, and only there, that there is no answer: NXDOMAIN, SERVFAIL, REFUSED or no record.</summary>
    DnsRefusal = 1,

    /// <summary>Answers of the DNS that neither the region nor any other was given before.</summary>
    DnsAnswers,

    /// <summary>Answers of the DNS that all others have left behind.</summary>
    DnsStale,

    /// <summary>The time to live of the answers is another than before.</summary>
    DnsTtl,

    /// <summary>A certificate of an issuer that neither the region nor any other was shown before.</summary>
    Issuer,

    /// <summary>Another certificate of the same issuer, or one that all others have left behind.</summary>
    Certificate,

    /// <summary>Content that all others have left behind.</summary>
    StaleContent,

    /// <summary>Served from an address or point of presence that only other regions used before.</summary>
    Misroute,

    /// <summary>Served from an address that nobody used before.</summary>
    Address,
}

/// <summary>What one region has.</summary>
/// <param name="Value">Answers, address, point of presence, or the beginning of a digest.</param>
/// <param name="Runs">Runs in a row that had it, or, where values take turns, the last ones.</param>
/// <param name="Differs">Whether this is one of those that differ.</param>
public sealed record RegionValue(string Region, string Value, long Runs, bool Differs);

/// <summary>A difference between what regions are answered for one check.</summary>
public sealed record AnswerDifference
{
    public required DifferenceKind Kind { get; init; }

    /// <summary>The regions that differ.</summary>
    public required IReadOnlyList<string> Regions { get; init; }

    /// <summary>What each region has that was compared.</summary>
    public required IReadOnlyList<RegionValue> Values { get; init; }

    public required DateTimeOffset Since { get; init; }

    /// <summary>Lasted long enough, in runs that agree enough, against a past that was settled: it flags its regions, if they are not flagged already.</summary>
    public bool Definite { get; init; }

    /// <summary>In words, with the numbers it rests on.</summary>
    public required string Words { get; init; }
}
