using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Answers;

/// <param name="Runs">Of those that are read: all, of a fleet of some size a sample.</param>
/// <param name="Normal">Whether it counts as normal in its region; null while that is learnt, or where values never settle.</param>
public sealed record SeenValue(string Value, long Runs, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, bool? Normal);

/// <summary>Answers of caches in the last hour.</summary>
/// <param name="Ratio">Hits of both, 0 to 1; null when no cache said anything.</param>
public sealed record CacheReport(int Hits, int Misses, double? Ratio);

/// <summary>What one region is answered; of each part the values of the last day, the latest first, at most twelve.</summary>
/// <param name="Ttl">The largest time to live of the last day, seconds; null when none was told.</param>
public sealed record RegionReport(
    string Region, DateTimeOffset LastAt, IReadOnlyList<SeenValue> Dns, IReadOnlyList<SeenValue> Addresses, IReadOnlyList<SeenValue> Pops, IReadOnlyList<SeenValue> Certificates,
    IReadOnlyList<SeenValue> Bodies, int? Ttl, CacheReport Cache);

/// <summary>What regions are answered for one check, and how it differs.</summary>
/// <param name="Certificates">What was told of certificates, by their short values.</param>
public sealed record AnswersReport(
    string Check, IReadOnlyList<AnswerDifference> Differences, IReadOnlyList<RegionReport> Regions, IReadOnlyDictionary<string, CertificateInfo> Certificates)
{
    internal static AnswersReport Of(string check, IReadOnlyList<AnswerDifference> differences, CheckAnswers answers, long now, long learn) => new(
        check, differences, [.. answers.Regions.Select(r => Region(r, now, learn))], answers.Certificates.ToDictionary(c => c.Key, c => c.Value, StringComparer.Ordinal));

    private static RegionReport Region(RegionAnswers region, long now, long learn)
    {
        var (hits, misses) = region.Cache(now);
        return new RegionReport(
            region.Region, Micros.ToTime(region.LastAt), Part(AnswerPart.Dns), Part(AnswerPart.Address), Part(AnswerPart.Pop), Part(AnswerPart.Certificate), Part(AnswerPart.Body),
            region.Ttl.Most > 0 ? region.Ttl.Most : null, new CacheReport(hits, misses, hits + misses > 0 ? (double)hits / (hits + misses) : null));

        IReadOnlyList<SeenValue> Part(AnswerPart part) => region[part] is not { } seen ? [] :
        [
            .. seen.Values.OrderByDescending(v => v.Last).ThenBy(v => v.Value, StringComparer.Ordinal)
                .Select(v => new SeenValue(v.Value, v.Runs, Micros.ToTime(v.First), Micros.ToTime(v.Last), seen.Settled(now, learn) ? seen.IsNormal(v, now, learn) : null)),
        ];
    }
}

/// <summary>What regions are answered, as of now.</summary>
public interface IAnswers
{
    /// <summary>Null when nothing was read of it yet.</summary>
    AnswersReport? Of(string check);
}
