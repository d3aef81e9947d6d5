using System.Text.Json;
using Probes.Contracts.Documents;
using Probes.Contracts.Wire;

namespace Probes.Contracts.Checks.Kinds;

internal sealed class DnsKind : IProbeKind
{
    private const string ServerAllowed = "an IP address; without it the agent's own resolver is asked";

    private static readonly (string Word, DnsRecordType Value)[] Types =
        [.. Enum.GetValues<DnsRecordType>().Select(t => (t.ToString().ToUpperInvariant(), t))];

    private static readonly (string, DnsTransport)[] Transports = [("udp", DnsTransport.Udp), ("tcp", DnsTransport.Tcp)];

    public string Name => "dns";

    public string Target(ProbeSpec spec) => spec is DnsSpec dns ? $"{dns.Type.ToString().ToUpperInvariant()} {dns.Name}" : "";

    public string Host(ProbeSpec spec) => ((DnsSpec)spec).Name;

    public ProbeSpec? Read(DocumentMap map)
    {
        var name = map.Line("name", required: true, most: 254);
        if (name is not null && !Rules.IsDomain(name))
        {
            map.Error("name", $"'{DocumentMap.Shown(name)}' is not a domain name", "labels of letters, digits, '-' and '_', at most 63 each");
            name = null;
        }

        var server = map.Line("server") ?? "";
        if (server.Length > 0 && !Rules.IsAddress(server, out _))
        {
            map.Error("server", $"'{DocumentMap.Shown(server)}' is not an address", ServerAllowed);
        }

        var spec = new DnsSpec
        {
            Name = name ?? "invalid.invalid",
            Type = map.Word("type", Types) ?? DnsRecordType.A,
            Server = server,
            Port = (int)(map.Integer("port", 1, 65535) ?? 53),
            Transport = map.Word("transport", Transports) ?? DnsTransport.Udp,
        };
        map.Close();
        return name is null ? null : spec;
    }

    public void Write(ProbeSpec spec, Utf8JsonWriter json)
    {
        var dns = (DnsSpec)spec;
        json.WriteString("name", dns.Name);
        json.WriteString("type", dns.Type.ToString().ToUpperInvariant());
        if (dns.Server.Length > 0)
        {
            json.WriteString("server", dns.Server);
        }

        json.WriteNumber("port", dns.Port);
        json.WriteString("transport", dns.Transport == DnsTransport.Tcp ? "tcp" : "udp");
    }

    public void ToWire(ProbeSpec spec, CheckSpec wire)
    {
        var dns = (DnsSpec)spec;
        wire.Dns = new DnsProbe
        {
            Name = dns.Name,
            Type = (Wire.DnsRecordType)dns.Type,
            Server = dns.Server,
            Port = dns.Port,
            Transport = (Wire.DnsTransport)dns.Transport,
        };
    }

    public ProbeSpec? FromWire(CheckSpec wire)
    {
        if (wire.Dns is not { } dns)
        {
            return null;
        }

        if (!Rules.IsDomain(dns.Name) || dns.Port is < 1 or > 65535 || (dns.Server.Length > 0 && !Rules.IsAddress(dns.Server, out _)))
        {
            throw new FormatException("dns.name, dns.server or dns.port is not valid");
        }

        var (type, transport) = ((DnsRecordType)dns.Type, (DnsTransport)dns.Transport);
        return Enum.IsDefined(type) && Enum.IsDefined(transport)
            ? new DnsSpec { Name = dns.Name, Type = type, Server = dns.Server, Port = dns.Port, Transport = transport }
            : throw new FormatException("dns.type or dns.transport is not one this agent knows");
    }
}
