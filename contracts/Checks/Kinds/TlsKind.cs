using System.Text.Json;
using Probes.Contracts.Documents;
using Probes.Contracts.Wire;

namespace Probes.Contracts.Checks.Kinds;

internal sealed class TlsKind : IProbeKind
{
    private static readonly (string, TlsMinimum)[] Protocols = [("1.2", TlsMinimum.Tls12), ("1.3", TlsMinimum.Tls13)];

    public string Name => "tls";

    public string Target(ProbeSpec spec) => spec is TlsSpec tls ? $"{tls.Host}:{tls.Port}" : "";

    public string Host(ProbeSpec spec) => ((TlsSpec)spec).Host;

    public ProbeSpec? Read(DocumentMap map)
    {
        var host = Rules.Host(map, "host", required: true);
        var spec = new TlsSpec
        {
            Host = host ?? "",
            Port = (int)(map.Integer("port", 1, 65535) ?? 443),
            ServerName = Rules.Host(map, "serverName", required: false) ?? "",
            SkipCertificateCheck = !(map.Flag("verifyCertificate") ?? true),
            MinProtocol = map.Word("minProtocol", Protocols) ?? TlsMinimum.Tls12,
        };
        map.Close();
        return host is null ? null : spec;
    }

    public void Write(ProbeSpec spec, Utf8JsonWriter json)
    {
        var tls = (TlsSpec)spec;
        json.WriteString("host", tls.Host);
        json.WriteNumber("port", tls.Port);
        if (tls.ServerName.Length > 0)
        {
            json.WriteString("serverName", tls.ServerName);
        }

        json.WriteBoolean("verifyCertificate", !tls.SkipCertificateCheck);
        json.WriteString("minProtocol", tls.MinProtocol == TlsMinimum.Tls13 ? "1.3" : "1.2");
    }

    public void ToWire(ProbeSpec spec, CheckSpec wire)
    {
        var tls = (TlsSpec)spec;
        wire.Tls = new TlsProbe
        {
            Host = tls.Host,
            Port = tls.Port,
            ServerName = tls.ServerName,
            SkipCertificateCheck = tls.SkipCertificateCheck,
            MinProtocol = (TlsProtocol)tls.MinProtocol,
        };
    }

    public ProbeSpec? FromWire(CheckSpec wire)
    {
        if (wire.Tls is not { } tls)
        {
            return null;
        }

        if (!Rules.IsHost(tls.Host) || tls.Port is < 1 or > 65535 || (tls.ServerName.Length > 0 && !Rules.IsHost(tls.ServerName)))
        {
            throw new FormatException("tls.host, tls.port or tls.server_name is not valid");
        }

        var minimum = (TlsMinimum)tls.MinProtocol;
        return Enum.IsDefined(minimum)
            ? new TlsSpec { Host = tls.Host, Port = tls.Port, ServerName = tls.ServerName, SkipCertificateCheck = tls.SkipCertificateCheck, MinProtocol = minimum }
            : throw new FormatException("tls.min_protocol is not one this agent knows");
    }
}
