using System.Net;
using System.Security.Cryptography;
using System.Text;
using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

/// <summary>What a run keeps of who answered it, and with what.</summary>
public sealed class EvidenceTests
{
    [Test]
    public async Task Headers_that_tell_who_answered_are_kept_and_no_others()
    {
        await using var server = RawServer.Answering(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nCF-Ray: 8f2a-FRA\r\ncf-cache-status: HIT\r\nAge: 12\r\nVia: 1.1 a\r\nVia: 1.1 b\r\nX-Amz-Cf-Pop: FRA56-P1\r\nSet-Cookie: session=1\r\nX-Other: 1\r\n\r\nok");
        var seen = (await Probing.RunAsync(Probing.Http(server.Url))).Evidence;
        Assert.That(seen, Is.EquivalentTo(new Dictionary<string, string>
        {
            ["cf-ray"] = "8f2a-FRA",
            ["cf-cache-status"] = "HIT",
            ["age"] = "12",
            ["via"] = "1.1 a, 1.1 b",
            ["x-amz-cf-pop"] = "FRA56-P1",
            ["body_bytes"] = "2",
            ["body_hash"] = Hash("ok"),
        }));
    }

    [Test]
    public async Task A_body_is_hashed_as_far_as_it_is_read_however_it_comes()
    {
        await using var whole = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789");
        await using var chunked = RawServer.Answering("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n0123\r\n6\r\n456789\r\n0\r\n\r\n");
        Assert.That((await Probing.RunAsync(Probing.Http(whole.Url))).Evidence["body_hash"], Is.EqualTo(Hash("0123456789")));
        Assert.That((await Probing.RunAsync(Probing.Http(chunked.Url))).Evidence["body_hash"], Is.EqualTo(Hash("0123456789")));
        var cut = (await Probing.RunAsync(Probing.Http(whole.Url) with { MaxBodyBytes = 4 })).Evidence;
        Assert.That((cut["body_hash"], cut["body_truncated"]), Is.EqualTo((Hash("0123"), "true")));
    }

    [Test]
    public async Task An_answer_that_breaks_off_still_tells_who_gave_it()
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\nX-Served-By: cache-fra-1\r\n\r\nok");
        var outcome = await Probing.RunAsync(Probing.Http(server.Url));
        Assert.That((outcome.Verdict(), outcome.Evidence["x-served-by"]), Is.EqualTo(("Failed/Target/connection_closed", "cache-fra-1")));
    }

    [Test]
    public async Task What_a_redirect_said_of_itself_is_not_taken_for_the_answers()
    {
        await using var server = RawServer.AnsweringBy(head => head.StartsWith("GET / ", StringComparison.Ordinal)
            ? "HTTP/1.1 302 Found\r\nLocation: /end\r\nX-Cache: HIT\r\nContent-Length: 1\r\n\r\n." : "HTTP/1.1 204 No Content\r\n\r\n");
        var seen = (await Probing.RunAsync(Probing.Http(server.Url) with { MaxRedirects = 1 })).Evidence;
        Assert.That(seen.Keys, Has.None.EqualTo("x-cache").And.None.EqualTo("body_hash"));
    }

    [Test]
    public async Task A_certificate_is_told_by_its_fingerprint_serial_number_end_and_issuer()
    {
        using var certificate = TestCertificates.Make("shop.test", TimeSpan.FromDays(30));
        await using var server = TestCertificates.Serve(certificate);
        var seen = (await Probing.RunAsync(new TlsSpec { Host = "127.0.0.1", Port = server.Port, SkipCertificateCheck = true })).Evidence;
        var digest = Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));
        Assert.That(seen["cert_sha256"], Is.EqualTo(digest));
        Assert.That(seen["cert"], Is.EqualTo($"{digest[..16]}/{Convert.ToHexStringLower(SHA256.HashData(certificate.IssuerName.RawData))[..8]}"));
        Assert.That(seen["cert_serial"], Is.EqualTo(certificate.SerialNumber.ToLowerInvariant()));
        Assert.That(seen["cert_not_after"], Is.EqualTo($"{certificate.NotAfter.ToUniversalTime():yyyy-MM-ddTHH:mm:ssZ}"));
    }

    [Test]
    public async Task The_whole_answer_set_is_kept_sorted_whatever_the_order_it_came_in()
    {
        var turn = 0;
        byte[][] addresses = [[127, 0, 0, 1], [192, 0, 2, 9], [192, 0, 2, 10]];
        await using var server = RawServer.Answering("HTTP/1.1 204 No Content\r\n\r\n");
        await using var dns = new FakeDns((_, type) => type != 1 ? new FakeDns.Reply()
            : new FakeDns.Reply(Records: turn++ == 0 ? [(1, addresses[0]), (1, addresses[1]), (1, addresses[2])] : [(1, addresses[2]), (1, addresses[0]), (1, addresses[1])]));
        var over = await Probing.RunAsync(new TcpSpec { Host = "shop.test", Port = server.Port }, resolver: new IPEndPoint(IPAddress.Loopback, dns.Port));
        Assert.That((over.Verdict(), over.Evidence["addresses"]), Is.EqualTo(("Passed/None/", "127.0.0.1, 192.0.2.10, 192.0.2.9")));
        var asked = await Probing.RunAsync(new DnsSpec { Name = "shop.test", Server = "127.0.0.1", Port = dns.Port });
        Assert.That((asked.Evidence["answers"], asked.Evidence["ttl"], asked.StatusCode), Is.EqualTo(("127.0.0.1, 192.0.2.10, 192.0.2.9", "60", 0)));
    }

    [Test]
    public void A_set_too_long_to_keep_still_differs_from_another()
    {
        var many = Enumerable.Range(0, 100).Select(i => $"192.0.2.{i}").ToList();
        var (all, other) = (BoundedText.Join(many), BoundedText.Join(many.Append("198.51.100.1")));
        Assert.That(all, Has.Length.LessThanOrEqualTo(BoundedText.Longest).And.Contain("… (100 in all, "));
        Assert.That(BoundedText.Join(many.AsEnumerable().Reverse()), Is.EqualTo(all));
        Assert.That(other, Is.Not.EqualTo(all));
    }

    private static string Hash(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(body)))[..16];
}
