using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Probes.Contracts.Documents;
using Probes.Contracts.Wire;

namespace Probes.Contracts.Checks.Kinds;

internal sealed class TcpKind : IProbeKind
{
    public string Name => "tcp";

    public string Target(ProbeSpec spec) => spec is TcpSpec tcp ? $"{tcp.Host}:{tcp.Port}" : "";

    public string Host(ProbeSpec spec) => ((TcpSpec)spec).Host;

    public IReadOnlyList<(string Key, SecretPlace Place)> SecretKeys { get; } = [("send", SecretPlace.Text), ("expect", SecretPlace.Text)];

    public ProbeSpec Fill(ProbeSpec spec, SecretFill fill)
    {
        var tcp = (TcpSpec)spec;
        return tcp with { Send = Rules.Filled(tcp.Send, fill), Expect = Rules.Filled(tcp.Expect, fill) };
    }

    public ProbeSpec? Read(DocumentMap map)
    {
        var host = Rules.Host(map, "host", required: true);
        var port = map.Integer("port", 1, 65535, required: true);
        var spec = new TcpSpec { Host = host ?? "", Port = (int)(port ?? 0), Send = Rules.Bytes(map, "send"), Expect = Rules.Bytes(map, "expect") };
        map.Close();
        return host is null || port is null ? null : spec;
    }

    public void Write(ProbeSpec spec, Utf8JsonWriter json)
    {
        var tcp = (TcpSpec)spec;
        json.WriteString("host", tcp.Host);
        json.WriteNumber("port", tcp.Port);
        if (!tcp.Send.IsEmpty)
        {
            json.WriteString("send", Encoding.UTF8.GetString(tcp.Send.Span));
        }

        if (!tcp.Expect.IsEmpty)
        {
            json.WriteString("expect", Encoding.UTF8.GetString(tcp.Expect.Span));
        }
    }

    public void ToWire(ProbeSpec spec, CheckSpec wire)
    {
        var tcp = (TcpSpec)spec;
        wire.Tcp = new TcpProbe
        {
            Host = tcp.Host,
            Port = tcp.Port,
            Send = ByteString.CopyFrom(tcp.Send.Span),
            Expect = ByteString.CopyFrom(tcp.Expect.Span),
        };
    }

    public ProbeSpec? FromWire(CheckSpec wire)
    {
        if (wire.Tcp is not { } tcp)
        {
            return null;
        }

        return Rules.IsHost(tcp.Host) && tcp.Port is >= 1 and <= 65535 && tcp.Send.Length <= Rules.LargestBytes && tcp.Expect.Length <= Rules.LargestBytes
            ? new TcpSpec { Host = tcp.Host, Port = tcp.Port, Send = tcp.Send.Memory, Expect = tcp.Expect.Memory }
            : throw new FormatException("tcp.host or tcp.port is not valid, or tcp.send or tcp.expect too large");
    }
}
