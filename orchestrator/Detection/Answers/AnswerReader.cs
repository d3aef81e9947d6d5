using System.Globalization;
using System.Net;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Answers;

/// <summary>Reads what a run was answered from its evidence (docs/checks.md says what that is).</summary>
internal static class AnswerReader
{
    /// <summary>Of checks of other kinds than dns: the name resolved.</summary>
    public const string Resolved = "resolved";

    /// <summary>Reasons that are an answer of the DNS, and how it is called.</summary>
    private static readonly Dictionary<string, string> Refusals = new(StringComparer.Ordinal)
    {
        ["nxdomain"] = "NXDOMAIN",
        ["servfail"] = "SERVFAIL",
        ["refused"] = "REFUSED",
        ["no_answers"] = "NODATA",
    };

    /// <summary>Whether a value of <see cref="AnswerPart.Dns"/> says that there is no answer.</summary>
    public static bool IsRefusal(string value) => value is "NXDOMAIN" or "SERVFAIL" or "REFUSED" or "NODATA";

    /// <summary>Null when it tells nothing: it was missed, its agent was unfit or at fault.</summary>
    public static SeenAnswer? Of(RunResult run, ProbeSpec probe)
    {
        if (run.Status == RunStatus.Missed || run.Source == FailureSource.Agent || run.Unfit.Length > 0)
        {
            return null;
        }

        var e = run.Evidence;
        var dns = probe is DnsSpec;
        var body = run.Status == RunStatus.Passed && run.StatusCode is >= 200 and < 300 && !dns ? e.GetValueOrDefault("body_hash", "") : "";
        return new SeenAnswer(
            Micros.Of(run.Due), Dns(run, dns), dns ? "" : Address(run.Address), CacheHeaders.Pop(e), e.GetValueOrDefault("cert", ""), body,
            dns && int.TryParse(e.GetValueOrDefault("ttl"), NumberStyles.None, CultureInfo.InvariantCulture, out var ttl) ? ttl : null, CacheHeaders.Use(e));
    }

    private static string Dns(RunResult run, bool dns) =>
        run.Source == FailureSource.Dns && Refusals.TryGetValue(run.Reason, out var refusal) ? refusal
        : dns ? run.Evidence.GetValueOrDefault("answers", "")
        : run.Address.Length > 0 ? Resolved : "";

    private static string Address(string endpoint) => IPEndPoint.TryParse(endpoint, out var parsed) ? parsed.Address.ToString() : "";
}
