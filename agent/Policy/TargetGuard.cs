using System.Net;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;

namespace Probes.Agent.Policy;

/// <summary>
/// Says what this agent does not touch: by its policy file, which has the last word, and by the kind of its location. Whoever connects asks it for the
/// very address that it then connects to, each time, so that no answer of DNS and no redirect leads past it. Safe for several threads; it allocates
/// only to refuse.
/// </summary>
internal sealed class TargetGuard(GuardOptions options, OwnAddresses own)
{
    private readonly AgentPolicy _policy = options.Policy;
    private readonly Cidr[] _widened = [.. options.AllowCidrs, .. options.Policy.AllowCidrs];
    private volatile LocationType _told = LocationType.Cloud;

    /// <summary>Lets everything through.</summary>
    public static TargetGuard Open { get; } = new(new GuardOptions { AnyAddress = true }, OwnAddresses.None);

    /// <summary>Whether a policy file restricts what may be probed.</summary>
    public bool Restricts => _policy.Restricts;

    /// <summary>Where the agent is: by its policy file, else as it was last told, else <see cref="LocationType.Cloud"/>, the stricter.</summary>
    public LocationType Location => _policy.Location ?? _told;

    /// <summary>Takes the orchestrator's word for where the agent is. True when something else counts from now on.</summary>
    public bool Locate(LocationType told)
    {
        var before = Location;
        _told = told;
        return Location != before;
    }

    /// <summary>What is known of a check before anything is resolved or connected.</summary>
    public Refusal? OfCheck(Check check) => _policy.OfKind(check.Probe.Kind) ?? check.Probe switch
    {
        HttpSpec http => OfTarget(http.Url.IdnHost.Trim('[', ']'), http.Url.Port) ?? OfHostHeaders(http),
        TcpSpec tcp => OfTarget(tcp.Host, tcp.Port),
        TlsSpec tls => OfTarget(tls.Host, tls.Port) ?? Claimed(tls.ServerName),
        DnsSpec dns => _policy.OfName(dns.Name, needed: true) ?? (dns.Server.Length > 0 ? OfTarget(dns.Server, dns.Port) : null),

        // Where a kind that is new here would connect to is seen when it does.
        _ => null,
    };

    /// <summary>Of a host that is about to be resolved.</summary>
    public Refusal? OfHost(string host, int port) => !Restricts ? null : _policy.OfPort(port) ?? (IPAddress.TryParse(host, out _) ? null : _policy.OfHost(host));

    /// <summary>Of the address that is about to be connected to, or asked.</summary>
    public Refusal? OfAddress(string host, IPAddress address)
    {
        var bits = AddressBits.Of(address);
        return (Restricts ? _policy.OfAddress(host, bits) : null) ?? (options.AnyAddress ? null : OfLocation(bits));
    }

    private Refusal? OfTarget(string host, int port) =>
        OfHost(host, port) ?? (IPAddress.TryParse(host, out var address) ? OfAddress("", address) : null);

    private Refusal? Claimed(string name) => name.Length == 0 || Rules.IsAddress(name, out _) ? null : _policy.OfName(name, needed: false);

    private Refusal? OfLocation(UInt128 bits)
    {
        var special = SpecialAddresses.Find(bits);
        var mine = own.Contains(SpecialAddresses.Within(bits) ?? bits);
        if (!mine && (special is null || (special.Class == AddressClass.Inside && Location == LocationType.Private)))
        {
            return null;
        }

        // What is most worth hiding is let through by its own name only, not as part of something wide.
        var byName = mine || special?.Class == AddressClass.Metadata;
        foreach (var widened in _widened)
        {
            if ((!byName || widened.IsSingle) && widened.Contains(bits))
            {
                return null;
            }
        }

        var address = AddressBits.ToAddress(bits);
        var what = mine ? "this agent's own address" : special!.ToString();
        return new Refusal(Refusal.AddressRefused,
            $"{address} is refused ({what}): agents in {Location.ToString().ToLowerInvariant()} locations do not go there; only this agent's own --allow-cidr or policy file can allow {(byName ? "it, by naming it" : "it")}");
    }

    private Refusal? OfHostHeaders(HttpSpec http)
    {
        Refusal? refusal = null;
        foreach (var (name, value) in http.Headers)
        {
            if (refusal is null && name.Equals("host", StringComparison.OrdinalIgnoreCase))
            {
                var port = value.LastIndexOf(':');
                refusal = Claimed((port > value.LastIndexOf(']') ? value[..port] : value).Trim());
            }
        }

        return refusal;
    }
}
