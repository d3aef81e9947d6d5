using Probes.Contracts.Checks.Kinds;

namespace Probes.Contracts.Checks;

/// <summary>What may be asserted of which probe, for documents and the wire alike.</summary>
internal static class AssertionRules
{
    public static bool HasHttp(ProbeSpec probe) => probe is HttpSpec;

    public static bool HasCertificate(ProbeSpec probe) => probe is TlsSpec or HttpSpec { Url.Scheme: "https" };

    public static bool HasAnswers(ProbeSpec probe) => probe is DnsSpec;

    public static bool IsValid(Assertion assertion, ProbeSpec probe) => assertion switch
    {
        StatusAssertion a => HasHttp(probe) && a.Ranges.Count > 0 && a.Ranges.All(r => r.From >= 100 && r.From <= r.To && r.To <= 599),
        HeaderAssertion a => HasHttp(probe) && Rules.IsToken(a.Name),
        BodyAssertion => HasHttp(probe),
        JsonPathAssertion a => HasHttp(probe) && JsonPath.TryParse(a.Path, out _),
        LatencyAssertion a => a.Below > TimeSpan.Zero,
        PhaseAssertion a => a.Below > TimeSpan.Zero,
        CertificateAssertion a => HasCertificate(probe) && a.DaysLeft is >= 0 and <= 3650,
        AnswersAssertion a => HasAnswers(probe) && a.Values.Count > 0,
        _ => false,
    };
}
