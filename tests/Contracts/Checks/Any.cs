using System.Text;
using CsCheck;
using Probes.Contracts.Checks;
using Check = Probes.Contracts.Checks.Check;

namespace Probes.Tests.Contracts.Checks;

/// <summary>Generators of everything that a valid check may be.</summary>
internal static class Any
{
    private static readonly Gen<string> Piece = Gen.OneOf(
        "a", "Z", "0", " ", ": ", "- ", "#", "'", "\"", "\\", "\n", "\t", "\r\n", "{", "]", ",", "&x", "*x", "!t", "%", "null", "~", "true", "ä", "漢", "😀",
        "\u2028", "\u0085", "\uFEFF", "\0", "\u007F", "<", ">", "---\n", "|", "@", "`", "\u202E", "\uE000");

    /// <summary>Any text, with everything in it that YAML or JSON might trip over.</summary>
    public static readonly Gen<string> Text = Piece.Array[1, 8].Select(string.Concat);

    public static readonly Gen<string> Line = Text.Select(t => new string([.. t.Where(c => !char.IsControl(c))]) + "x");

    public static readonly Gen<string> Name =
        Gen.Select(Gen.Char["abc019"], Gen.String[Gen.Char["abz-0"], 0, 60], Gen.Char["xyz9"]).Select((a, b, c) => $"{a}{b}{c}");

    /// <summary>Of any project, often of default.</summary>
    public static readonly Gen<string> Qualified = Gen.Select(Gen.OneOf(Gen.Const(QualifiedName.DefaultProject), Name), Name).Select(QualifiedName.Of);

    private static readonly Gen<string> Host = Gen.OneOf("example.com", "a", "192.0.2.7", "2001:db8::1", "xn--bcher-kva.example.com", "a.test.");

    private static readonly Gen<ReadOnlyMemory<byte>> Bytes =
        Gen.OneOf(Gen.Const(""), Text).Select(t => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(t));

    private static readonly Gen<TextTest> Test = Gen.OneOf(
        Gen.Select(Gen.OneOf(TextOperator.Equals, TextOperator.Contains, TextOperator.NotContains), Text).Select((o, t) => new TextTest(o, t)),
        Gen.OneOf("ok|fine", "^a.*b$", "\\d+", "[\"']").Select(t => new TextTest(TextOperator.Matches, t)),
        Gen.OneOf("true", "false").Select(t => new TextTest(TextOperator.Exists, t)));

    private static readonly Gen<TimeSpan> Below = Gen.Int[1, 100_000].Select(ms => TimeSpan.FromMilliseconds(ms));

    private static readonly Gen<Assertion> OfAll = Gen.OneOf<Assertion>(
        Below.Select(b => (Assertion)new LatencyAssertion(b)),
        Gen.Select(Gen.Enum<Phase>(), Below).Select((p, b) => (Assertion)new PhaseAssertion(p, b)));

    private static readonly Gen<Assertion> OfCertificates = Gen.Int[0, 3650].Select(d => (Assertion)new CertificateAssertion(d));

    private static readonly Gen<StatusRange> Status = Gen.OneOf(
        Gen.Int[100, 599].Select(c => new StatusRange(c, c)), Gen.Int[1, 5].Select(c => new StatusRange(c * 100, (c * 100) + 99)));

    private static readonly Gen<Assertion> OfHttp = Gen.OneOf<Assertion>(
        Status.Array[1, 5].Select(r => (Assertion)new StatusAssertion(r)),
        Gen.Select(Gen.OneOf("Content-Type", "x_y", "ETag"), Test).Select((n, t) => (Assertion)new HeaderAssertion(n, t)),
        Test.Select(t => (Assertion)new BodyAssertion(t)),
        Gen.Select(Gen.OneOf("$", "$.a", "$['b c'][0]", "$.items[*].id"), Test).Select((p, t) => (Assertion)new JsonPathAssertion(p, t)));

    private static readonly Gen<Assertion> OfDns =
        Gen.Select(Gen.Bool, Text.Array[1, 4]).Select((e, v) => (Assertion)new AnswersAssertion(e, v));

    private static readonly Gen<ProbeSpec> Http = Gen.Select(
        Gen.OneOf("http://example.com", "https://example.com:8443/a%20b?c=%26#d", "https://bücher.example.com/漢", "http://[2001:db8::1]/"),
        Gen.OneOf("GET", "POST", "PURGE"),
        Gen.Select(Gen.OneOf("Accept", "X-A", "x-b", "Host"), Line).Array[0, 4],
        Bytes, Gen.Enum<HttpProtocol>(), Gen.Int[0, 20], Gen.Int[0, 16 << 20], Gen.Bool)
        .Select((url, method, headers, body, version, redirects, most, skip) => (ProbeSpec)new HttpSpec
        {
            Url = new Uri(url),
            Method = method,
            Headers = [.. headers.DistinctBy(h => h.Item1).Select(h => KeyValuePair.Create(h.Item1, h.Item2))],
            Body = body,
            Version = version,
            MaxRedirects = redirects,
            MaxBodyBytes = most,
            SkipCertificateCheck = skip,
        });

    private static readonly Gen<ProbeSpec> Dns = Gen.Select(
        Gen.OneOf("example.com", "_sip._tcp.example.com.", "a"), Gen.Enum<DnsRecordType>(), Gen.OneOf("", "192.0.2.53", "2001:db8::53"),
        Gen.Int[1, 65535], Gen.Enum<DnsTransport>())
        .Select((n, type, server, port, transport) =>
            (ProbeSpec)new DnsSpec { Name = n, Type = type, Server = server, Port = port, Transport = transport });

    private static readonly Gen<ProbeSpec> Tcp = Gen.Select(Host, Gen.Int[1, 65535], Bytes, Bytes)
        .Select((host, port, send, expect) => (ProbeSpec)new TcpSpec { Host = host, Port = port, Send = send, Expect = expect });

    private static readonly Gen<ProbeSpec> Tls = Gen.Select(Host, Gen.Int[1, 65535], Gen.OneOf(Gen.Const(""), Host), Gen.Bool, Gen.Enum<TlsMinimum>())
        .Select((host, port, name, skip, least) =>
            (ProbeSpec)new TlsSpec { Host = host, Port = port, ServerName = name, SkipCertificateCheck = skip, MinProtocol = least });

    /// <summary>A valid check of any kind, with assertions that fit it. Durations are whole milliseconds.</summary>
    public static readonly Gen<Check> Check =
        from probe in Gen.OneOf(Http, Dns, Tcp, Tls)
        from assertions in AssertionsOf(probe).Array[0, 6]
        from name in Qualified
        from description in Gen.OneOf(Gen.Const(""), Line)
        from labels in Gen.Select(Line, Line).Array[0, 3]
        from locations in Gen.OneOf(Name.Select(n => QualifiedName.Of(QualifiedName.ProjectOf(name), n)), Qualified).Array[0, 3]
        from interval in Gen.Int[1_000, 86_400_000]
        from timeout in Gen.Int[100, interval]
        from retries in Gen.Int[0, Retry.MostRuns]
        from after in Gen.Int[0, 60_000]
        let retry = retries == 0 ? null : new Retry(retries, TimeSpan.FromMilliseconds(after))
        select new Check
        {
            Name = name,
            Description = description,
            Labels = labels.DistinctBy(l => l.Item1).ToDictionary(l => l.Item1, l => l.Item2),
            Locations = [.. locations.Distinct()],
            Interval = TimeSpan.FromMilliseconds(interval),
            Timeout = TimeSpan.FromMilliseconds(timeout),
            Retry = retry is not null && retry.Fits(TimeSpan.FromMilliseconds(timeout), TimeSpan.FromMilliseconds(interval)) ? retry : null,
            Probe = probe,
            Assertions = assertions,
        };

    public static readonly Gen<Location> Location =
        from name in Qualified
        from shared in Gen.Bool
        from type in Gen.Enum<LocationType>()
        from region in Gen.OneOf(Gen.Const(""), Line)
        from description in Gen.OneOf(Gen.Const(""), Line)
        from placed in Gen.Bool
        from latitude in Gen.Double[-90, 90]
        from longitude in Gen.Double[-180, 180]
        select new Location
        {
            Name = name,
            Type = type,
            Region = region.Length <= 63 ? region : "x",
            Description = description,
            Latitude = placed ? latitude : null,
            Longitude = placed ? longitude : null,
            Shared = shared,
        };

    private static Gen<Assertion> AssertionsOf(ProbeSpec probe) => probe switch
    {
        HttpSpec { Url.Scheme: "https" } => Gen.OneOf(OfAll, OfHttp, OfCertificates),
        HttpSpec => Gen.OneOf(OfAll, OfHttp),
        TlsSpec => Gen.OneOf(OfAll, OfCertificates),
        DnsSpec => Gen.OneOf(OfAll, OfDns),
        _ => OfAll,
    };
}
