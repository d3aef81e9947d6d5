using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Results;

namespace Probes.Orchestrator.Detection.Answers;

/// <summary>What all regions are answered for one revision of a check. Not thread-safe.</summary>
internal sealed class CheckAnswers(Check check)
{
    private const int MostCertificates = 32;

    private readonly SortedDictionary<string, RegionAnswers> _regions = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CertificateInfo> _certificates = new(StringComparer.Ordinal);
    private long _lag;

    public long Revision => check.Revision;

    public IReadOnlyCollection<RegionAnswers> Regions => _regions.Values;

    /// <summary>What was told of certificates, by their values.</summary>
    public IReadOnlyDictionary<string, CertificateInfo> Certificates => _certificates;

    /// <summary>Results of a region come in the order they were due; those of another revision are of another target.</summary>
    public void Take(RunResult run, string region)
    {
        if (run.CheckRevision != check.Revision)
        {
            return;
        }

        Describe(run.Evidence);
        if (AnswerReader.Of(run, check.Probe) is not { } seen)
        {
            return;
        }

        if (!_regions.TryGetValue(region, out var answers))
        {
            _regions[region] = answers = new RegionAnswers(region);
        }

        LearnLag(answers, seen);
        answers.Take(seen);
    }

    public RegionAnswers? Find(string region) => _regions.GetValueOrDefault(region);

    /// <summary>Forgets regions that no longer run it.</summary>
    public void Keep(IReadOnlyCollection<string> regions)
    {
        foreach (var gone in _regions.Keys.Where(r => !regions.Contains(r)).ToList())
        {
            _regions.Remove(gone);
        }
    }

    public IReadOnlyList<AnswerDifference> Compare(long now, AnswersOptions options, Func<string, bool> slower)
    {
        if (_regions.Count < 2)
        {
            return [];
        }

        var comparison = new Comparison(ProbeKinds.Host(check.Probe), check.Interval, now, options, [.. _regions.Values], _lag, slower);
        return
        [
            .. DnsDifferences.Find(comparison),
            .. CertificateDifferences.Find(comparison, v => _certificates.TryGetValue(v, out var told) ? told.Words : ""),
            .. RouteDifferences.Find(comparison),
        ];
    }

    // How long caches keep content after it changed elsewhere; what was found to be stale does not become normal.
    private void LearnLag(RegionAnswers region, SeenAnswer seen)
    {
        if (seen.Body.Length == 0 || region[AnswerPart.Body] is not { } own || own.Now == seen.Body || own.Values.Any(v => v.Value == seen.Body))
        {
            return;
        }

        var first = _regions.Values.Where(r => r != region).SelectMany(r => r[AnswerPart.Body]?.Values.Where(v => v.Value == seen.Body) ?? []).Select(v => v.First).DefaultIfEmpty(seen.At).Min();
        _lag = Math.Max(_lag, Math.Min(seen.At - first, ValueHistory.Day / 24));
    }

    private void Describe(IReadOnlyDictionary<string, string> evidence)
    {
        if (evidence.TryGetValue("cert", out var value) && evidence.TryGetValue("cert_issuer", out var issuer) && !_certificates.ContainsKey(value))
        {
            if (_certificates.Count >= MostCertificates)
            {
                _certificates.Clear();
            }

            _certificates[value] = new CertificateInfo(
                evidence.GetValueOrDefault("cert_sha256", ""), evidence.GetValueOrDefault("cert_subject", ""), issuer, evidence.GetValueOrDefault("cert_serial", ""), evidence.GetValueOrDefault("cert_not_after", ""));
        }
    }
}

/// <summary>What was told of a certificate.</summary>
/// <param name="Sha256">Fingerprint in hex.</param>
/// <param name="NotAfter">In UTC.</param>
public sealed record CertificateInfo(string Sha256, string Subject, string Issuer, string Serial, string NotAfter)
{
    internal string Words => $"issued by {Issuer}{(NotAfter.Length > 0 ? $", valid until {NotAfter}" : "")}";
}
