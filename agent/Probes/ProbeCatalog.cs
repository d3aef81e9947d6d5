using Probes.Agent.Policy;
using Probes.Agent.Probes.Http;

namespace Probes.Agent.Probes;

/// <summary>Every kind this agent can run: one line each.</summary>
public sealed class ProbeCatalog
{
    /// <summary>Grows whenever something is measured differently: results of different engines are not compared.</summary>
    public const string EngineVersion = "1";

    private readonly Dictionary<string, IProbe> _probes;

    internal ProbeCatalog(ResolverOptions resolving, TargetGuard guard, TimeProvider time)
        : this(resolving, guard, new CertificateTrust(time), time)
    {
    }

    internal ProbeCatalog(ResolverOptions resolving, TargetGuard guard, CertificateTrust trust, TimeProvider time)
    {
        var resolver = new Resolver(resolving, new HostsFile(time));
        var dialer = new Dialer(resolver, guard);
        var handshake = new TlsHandshake(trust, time);
        IProbe[] all =
        [
            new HttpProbe(new Http1Exchange(dialer, handshake), new Http2Exchange(dialer, handshake), time),
            new DnsProbe(resolver, guard, time),
            new TcpProbe(dialer, time),
            new TlsProbe(dialer, handshake, time),
        ];
        _probes = all.ToDictionary(p => p.Kind, p => guard.Restricts ? new GuardedProbe(p, guard) : p, StringComparer.Ordinal);
        Kinds = [.. all.Select(p => p.Kind)];
    }

    public IReadOnlyList<string> Kinds { get; }

    public IProbe? Find(string kind) => _probes.GetValueOrDefault(kind);
}
