using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Fitness;

/// <summary>What a run tells of the way to its target.</summary>
internal enum Passage
{
    /// <summary>Nothing: it did not try, or failed once connected.</summary>
    None,

    /// <summary>Somebody on the other side answered, were it with a refusal.</summary>
    Through,

    /// <summary>Nobody answered.</summary>
    Cut,
}

/// <summary>What one result tells of this agent's link and resolver. Pure.</summary>
/// <param name="Target">Host or server that was to be reached.</param>
/// <param name="Link">Of the way there.</param>
/// <param name="Name">Name that the agent's own resolver was asked for; empty when it was not.</param>
/// <param name="Resolver">Of the way to the resolver.</param>
internal readonly record struct RunTrace(string Target, Passage Link, string Name, Passage Resolver)
{
    public static RunTrace Of(Check check, RunResult result)
    {
        if (result.Source == FailureSource.Agent || result.Status == RunStatus.Missed)
        {
            return default;
        }

        var (target, byOwnResolver) = check.Probe switch
        {
            HttpSpec http => (http.Url.IdnHost, true),
            TcpSpec tcp => (tcp.Host, true),
            TlsSpec tls => (tls.Host, true),
            DnsSpec { Server.Length: 0 } dns => (dns.Name, true),
            DnsSpec dns => (dns.Server, false),
            _ => ("", false),
        };
        var silent = result.Reason is Reasons.DnsTimeout or Reasons.DnsFailed;
        var asked = byOwnResolver && (silent || result.Phases.Dns is not null);
        return new RunTrace(target, Way(result, silent), asked ? target : "", !asked ? Passage.None : silent || result.Reason == Reasons.DnsRefused ? Passage.Cut : Passage.Through);
    }

    private static Passage Way(RunResult result, bool silent) =>
        silent || result.Reason is Reasons.ConnectTimeout or Reasons.Unreachable ? Passage.Cut
        // Connected once, then silent: the link may have gone in between, or not.
        : result.Status == RunStatus.TimedOut ? Passage.None
        : Passage.Through;
}
