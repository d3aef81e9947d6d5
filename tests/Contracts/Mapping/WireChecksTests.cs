using CsCheck;
using Google.Protobuf;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Contracts.Mapping;
using Probes.Tests.Contracts.Checks;
using Check = Probes.Contracts.Checks.Check;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Contracts.Mapping;

public sealed class WireChecksTests
{
    [Test]
    public void Any_check_comes_over_the_wire_as_it_was() => Any.Check.Sample(check =>
    {
        var sent = check with { Revision = 7, Labels = new Dictionary<string, string>(), Description = "", Locations = [] };
        var (back, reason) = WireChecks.FromWire(Wire.CheckSpec.Parser.ParseFrom(WireChecks.ToWire(sent).ToByteArray()));
        Assert.That(reason, Is.Empty);
        Assert.That(back!.Revision, Is.EqualTo(7));
        Assert.That(CheckDocuments.Write(back), Is.EqualTo(CheckDocuments.Write(sent)));
    });

    private static IEnumerable<TestCaseData> Bad()
    {
        static TestCaseData Of(string what, Action<Wire.CheckSpec> change) => new TestCaseData(change).SetArgDisplayNames(what);
        static Wire.Assertion Status(int from, int to) => new() { Status = new() { Ranges = { new Wire.StatusRange { From = from, To = to } } } };
        yield return Of("no kind", s => s.ClearProbe());
        yield return Of("bad name", s => s.Name = "A b");
        yield return Of("no interval", s => s.IntervalUs = 0);
        yield return Of("interval beyond time", s => s.IntervalUs = long.MaxValue);
        yield return Of("negative timeout", s => s.TimeoutUs = long.MinValue);
        yield return Of("timeout over interval", s => s.TimeoutUs = s.IntervalUs + 1);
        yield return Of("no retries", s => s.Retry = new());
        yield return Of("4 retries", s => s.Retry = new() { Runs = 4 });
        yield return Of("retry after two minutes", s => s.Retry = new() { Runs = 1, AfterUs = 120_000_000 });
        yield return Of("retries that do not fit", s => (s.TimeoutUs, s.Retry) = (s.IntervalUs, new() { Runs = 1 }));
        yield return Of("relative url", s => s.Http.Url = "/a");
        yield return Of("other scheme", s => s.Http.Url = "file:///etc/hosts");
        yield return Of("password in url", s => s.Http.Url = "http://a:b@example.com");
        yield return Of("method with a line", s => s.Http.Method = "GET\r\nX: y");
        yield return Of("header with a line", s => s.Http.Headers.Add(new Wire.HttpHeader { Name = "A", Value = "b\nC: d" }));
        yield return Of("http version 0", s => s.Http.Version = 0);
        yield return Of("http version 99", s => s.Http.Version = (Wire.HttpVersion)99);
        yield return Of("redirects -1", s => s.Http.MaxRedirects = -1);
        yield return Of("redirects 21", s => s.Http.MaxRedirects = 21);
        yield return Of("body read -1", s => s.Http.MaxBodyBytes = -1);
        yield return Of("body read over 16 MiB", s => s.Http.MaxBodyBytes = (16 << 20) + 1);
        yield return Of("101 headers", s => s.Http.Headers.Add(Enumerable.Repeat(new Wire.HttpHeader { Name = "A", Value = "b" }, 101)));
        yield return Of("a body over what documents may say", s => s.Http.Body = ByteString.CopyFrom(new byte[(192 << 10) + 1]));
        yield return Of("host 1", s => s.Tcp = new() { Host = "1", Port = 1 });
        yield return Of("send over what documents may say", s => s.Tcp = new() { Host = "a", Port = 1, Send = ByteString.CopyFrom(new byte[(192 << 10) + 1]) });
        yield return Of("dns type 0", s => s.Dns = new() { Name = "a", Port = 53, Transport = Wire.DnsTransport.Udp });
        yield return Of("dns type 99", s => s.Dns = new() { Name = "a", Port = 53, Transport = Wire.DnsTransport.Udp, Type = (Wire.DnsRecordType)99 });
        yield return Of("dns transport 0", s => s.Dns = new() { Name = "a", Port = 53, Type = Wire.DnsRecordType.A });
        yield return Of("dns port 0", s => s.Dns = new() { Name = "a", Type = Wire.DnsRecordType.A, Transport = Wire.DnsTransport.Udp });
        yield return Of("tcp port 65536", s => s.Tcp = new() { Host = "a", Port = 65536 });
        yield return Of("tls protocol 0", s => s.Tls = new() { Host = "a", Port = 443 });
        yield return Of("empty assertion", s => s.Assertions.Add(new Wire.Assertion()));
        yield return Of("text operator 99", s => s.Assertions.Add(new Wire.Assertion { Body = new() { Operator = (Wire.TextOperator)99 } }));
        yield return Of("no text operator", s => s.Assertions.Add(new Wire.Assertion { Header = new() { Name = "A" } }));
        yield return Of("phase 0", s => s.Assertions.Add(new Wire.Assertion { Phase = new() { BelowUs = 1 } }));
        yield return Of("bad pattern", s => s.Assertions.Add(new Wire.Assertion { Body = new() { Operator = Wire.TextOperator.Matches, Value = "(" } }));
        yield return Of("bad path", s => s.Assertions.Add(new Wire.Assertion { JsonPath = new() { Path = "a", Text = new() { Operator = Wire.TextOperator.Exists, Value = "true" } } }));
        yield return Of("negative latency", s => s.Assertions.Add(new Wire.Assertion { LatencyBelowUs = -1 }));
        yield return Of("status backwards", s => s.Assertions.Add(Status(300, 200)));
        yield return Of("status 700", s => s.Assertions.Add(Status(200, 700)));
        yield return Of("no statuses", s => s.Assertions.Add(new Wire.Assertion { Status = new() }));
        yield return Of("certificate without tls", s => s.Assertions.Add(new Wire.Assertion { CertificateDaysLeft = 3 }));
        yield return Of("answers of http", s => s.Assertions.Add(new Wire.Assertion { Answers = new() { Values = { "a" } } }));
        yield return Of("too many assertions", s => s.Assertions.Add(Enumerable.Repeat(new Wire.Assertion { LatencyBelowUs = 1 }, CheckLimits.MostAssertions + 1)));
    }

    [TestCaseSource(nameof(Bad))]
    public void What_is_not_valid_or_not_known_is_refused_with_a_reason(Action<Wire.CheckSpec> change)
    {
        var spec = WireChecks.ToWire(new Check { Name = "a", Probe = new HttpSpec { Url = new Uri("http://example.com/") } });
        Assert.That(WireChecks.FromWire(spec).Reason, Is.Empty);
        change(spec);
        var (check, reason) = WireChecks.FromWire(spec);
        Assert.That(check, Is.Null);
        Assert.That(reason, Is.Not.Empty);
    }

    [Test]
    public void Damaged_bytes_are_refused_and_never_throw() =>
        Gen.Select(Any.Check, Gen.Select(Gen.Double.Unit, Gen.Byte).Array[1, 5]).Sample((check, hits) =>
        {
            var bytes = WireChecks.ToWire(check).ToByteArray();
            foreach (var (at, value) in hits)
            {
                bytes[(int)(at * (bytes.Length - 1))] = value;
            }

            Wire.CheckSpec spec;
            try
            {
                spec = Wire.CheckSpec.Parser.ParseFrom(bytes);
            }
            catch (InvalidProtocolBufferException)
            {
                return true;
            }

            var (read, reason) = WireChecks.FromWire(spec);
            return read is null == reason.Length > 0;
        });
}
