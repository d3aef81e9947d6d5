namespace Probes.Contracts.Checks;

public enum HttpProtocol { Http11, Http2 }

public sealed record HttpSpec : ProbeSpec
{
    public override string Kind => "http";

    /// <summary>Absolute http or https address.</summary>
    public required Uri Url { get; init; }

    public string Method { get; init; } = "GET";

    public IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; } = [];

    public ReadOnlyMemory<byte> Body { get; init; }

    public HttpProtocol Version { get; init; } = HttpProtocol.Http11;

    /// <summary>0 to 20, default 10. 0: a redirect is the answer.</summary>
    public int MaxRedirects { get; init; } = 10;

    /// <summary>Bytes of the body that are read: 0 to 16 MiB, default 1 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 1 << 20;

    public bool SkipCertificateCheck { get; init; }
}

public enum DnsRecordType { A = 1, Aaaa, Cname, Mx, Ns, Txt, Soa, Ptr, Srv, Caa }

public enum DnsTransport { Udp = 1, Tcp }

public sealed record DnsSpec : ProbeSpec
{
    public override string Kind => "dns";

    public required string Name { get; init; }

    public DnsRecordType Type { get; init; } = DnsRecordType.A;

    /// <summary>IP address of the server to ask; empty means the agent's own resolver.</summary>
    public string Server { get; init; } = "";

    public int Port { get; init; } = 53;

    /// <summary>Udp falls back to TCP when the answer is truncated.</summary>
    public DnsTransport Transport { get; init; } = DnsTransport.Udp;
}

public sealed record TcpSpec : ProbeSpec
{
    public override string Kind => "tcp";

    public required string Host { get; init; }

    public required int Port { get; init; }

    public ReadOnlyMemory<byte> Send { get; init; }

    /// <summary>Bytes that must appear in the answer; empty means connecting is enough.</summary>
    public ReadOnlyMemory<byte> Expect { get; init; }
}

public enum TlsMinimum { Tls12 = 1, Tls13 }

public sealed record TlsSpec : ProbeSpec
{
    public override string Kind => "tls";

    public required string Host { get; init; }

    public int Port { get; init; } = 443;

    /// <summary>Name sent in SNI and matched against the certificate; empty means <see cref="Host"/>.</summary>
    public string ServerName { get; init; } = "";

    public bool SkipCertificateCheck { get; init; }

    public TlsMinimum MinProtocol { get; init; } = TlsMinimum.Tls12;
}
