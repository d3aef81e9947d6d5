namespace Probes.Orchestrator.Detection.Answers;

/// <summary>A part of an answer that is compared across regions.</summary>
internal enum AnswerPart
{
    /// <summary>Of a dns check its answers; of others whether the name resolved at all.</summary>
    Dns,

    /// <summary>Address that was talked to, without its port.</summary>
    Address,

    /// <summary>Point of presence of a CDN.</summary>
    Pop,

    /// <summary>Certificate and issuer, by the beginnings of their digests.</summary>
    Certificate,

    /// <summary>Digest of the body of a good answer.</summary>
    Body,
}

/// <summary>What a cache did for a run.</summary>
public enum CacheUse
{
    /// <summary>No cache has said anything.</summary>
    None = 0,

    /// <summary>Answered from a cache.</summary>
    Hit,

    /// <summary>A cache was asked and the origin answered.</summary>
    Miss,
}

/// <summary>What one run was answered. A part that it does not tell is empty.</summary>
/// <param name="At">When it was due, in microseconds.</param>
/// <param name="Ttl">Least time to live of the records, seconds; null when not told.</param>
internal sealed record SeenAnswer(long At, string Dns, string Address, string Pop, string Certificate, string Body, int? Ttl, CacheUse Cache)
{
    public static readonly IReadOnlyList<AnswerPart> Parts = Enum.GetValues<AnswerPart>();

    public string this[AnswerPart part] => part switch
    {
        AnswerPart.Dns => Dns,
        AnswerPart.Address => Address,
        AnswerPart.Pop => Pop,
        AnswerPart.Certificate => Certificate,
        _ => Body,
    };
}
