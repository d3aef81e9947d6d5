using System.Collections.Immutable;
using System.Globalization;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Detection;

/// <summary>The latest verdicts, swapped whole.</summary>
internal sealed class Verdicts(IOptions<DetectorOptions> options, TimeProvider time) : IVerdicts
{
    private volatile ImmutableDictionary<(string Check, string Region), Verdict> _latest = ImmutableDictionary<(string, string), Verdict>.Empty;

    public Verdict Of(string check, string region) => _latest.TryGetValue((check, region), out var verdict)
        ? Fresh(verdict)
        : new Verdict
        {
            Check = check,
            Region = region,
            Level = Level.Unknown,
            Since = time.GetUtcNow(),
            JudgedAt = time.GetUtcNow(),
            Evidence = new Evidence(),
            Sentence = $"{region} is unknown: nothing was judged yet.",
        };

    public IReadOnlyList<Verdict> All() => [.. _latest.Values.Select(Fresh).OrderBy(v => v.Check, StringComparer.Ordinal).ThenBy(v => v.Region, StringComparer.Ordinal)];

    /// <summary>Returns those whose level is another than before, or whose maintenance has begun or ended.</summary>
    public IReadOnlyList<Verdict> Replace(IReadOnlyList<Verdict> judged)
    {
        var before = _latest;
        _latest = judged.ToImmutableDictionary(v => (v.Check, v.Region));
        return [.. judged.Where(v => !before.TryGetValue((v.Check, v.Region), out var old) ? v.Level != Level.Unknown || v.Maintenance is not null : old.Level != v.Level || old.Maintenance != v.Maintenance)];
    }

    /// <summary>A verdict that was not judged again counts for nothing, were it healthy or not: the judge itself has fallen silent.</summary>
    private Verdict Fresh(Verdict verdict)
    {
        var limit = TimeSpan.FromSeconds(Math.Max(60, 4 * options.Value.EverySeconds));
        return time.GetUtcNow() - verdict.JudgedAt <= limit ? verdict : verdict with
        {
            Level = Level.Unknown,
            Since = verdict.JudgedAt,
            Sentence = $"{verdict.Region} is unknown: nothing was judged since {verdict.JudgedAt.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)} UTC; silence is not health.",
        };
    }
}
