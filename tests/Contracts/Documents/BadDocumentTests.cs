using System.Globalization;
using CsCheck;
using Probes.Contracts.Documents;
using Probes.Tests.Contracts.Checks;

namespace Probes.Tests.Contracts.Documents;

public sealed class BadDocumentTests
{
    private const string Head = "apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n";
    private const string Https = Head + "  http: {url: https://example.com/}\n";
    private const string Dns = Head + "  dns: {name: example.com}\n";

    [TestCase("", 1, 1, "", "holds no document")]
    [TestCase("# nothing\n---\n", 1, 1, "", "holds no document")]
    [TestCase("PK\u0003\u0004", 1, 3, "", "U+0003")]
    [TestCase("kind: Check\nname: a\0b", 2, 8, "", "U+0000")]
    [TestCase("kind: Check\nmetadata:\n\tname: a\n", 3, 1, "", "is indented by a tab")]
    [TestCase(Head + "  interval: !!int 5s\n", 5, 13, "spec.interval", "tags")]
    [TestCase(Head + "  locations: [a, *x]\n", 5, 18, "spec.locations[1]", "aliases")]
    [TestCase(Head + "  locations: [&x a]\n  tcp: {host: a, port: 1}\n", 5, 15, "spec.locations[0]", "anchors")]
    [TestCase(Head + "  interval: 30\n  tcp: {host: a, port: 1}\n", 5, 13, "spec.interval", "is not a duration")]
    [TestCase(Head + "  interval: 25h\n  tcp: {host: a, port: 1}\n", 5, 13, "spec.interval", "1s to 1d")]
    [TestCase(Head + "  timeout: 99ms\n  tcp: {host: a, port: 1}\n", 5, 12, "spec.timeout", "100ms to the interval")]
    [TestCase(Head + "  timeout:\n  tcp: {host: a, port: 1}\n", 5, 11, "spec.timeout", "has no value")]
    [TestCase(Head + "  retry: {runs: 4}\n  tcp: {host: a, port: 1}\n", 5, 17, "spec.retry.runs", "1 to 3")]
    [TestCase(Head + "  retry: {after: 61s}\n  tcp: {host: a, port: 1}\n", 5, 18, "spec.retry.after", "0s to 1m")]
    [TestCase(Head + "  retry: {from: other}\n  tcp: {host: a, port: 1}\n", 5, 11, "spec.retry.from", "unknown key 'from' (allowed: runs, after)")]
    [TestCase(Head + "  interval: 10s\n  retry: {runs: 1}\n  tcp: {host: a, port: 1}\n", 6, 10, "spec.retry", "all attempts may take 22s, which does not fit into the interval")]
    [TestCase(Head + "  retry: 1\n  tcp: {host: a, port: 1}\n", 5, 10, "spec.retry", "is not")]
    [TestCase(Head + "  locations: [a, B]\n  tcp: {host: a, port: 1}\n", 5, 18, "spec.locations[1]", "is not a location's name")]
    [TestCase(Head + "  locations: [a, a]\n  tcp: {host: a, port: 1}\n", 5, 18, "spec.locations[1]", "stands twice")]
    [TestCase(Https + "  dns: {name: a}\n", 6, 8, "spec.dns", "stands beside http")]
    [TestCase(Https + "  http: {url: http://a}\n", 6, 3, "spec.http", "stands twice")]
    [TestCase(Head + "  tcp: {host: a, port: 1, port: 2}\n", 5, 27, "spec.tcp.port", "stands twice")]
    [TestCase(Head + "  http: {url: https://user:hidden@example.com/}\n", 5, 15, "spec.http.url", "holds a user name or password")]
    [TestCase(Head + "  http: {url: /relative}\n", 5, 15, "spec.http.url", "is not a web address")]
    [TestCase(Head + "  http: {uri: http://a}\n", 5, 9, "spec.http.url", "is missing")]
    [TestCase(Head + "  http: {url: http://a, method: \"GET /\"}\n", 5, 33, "spec.http.method", "is not a method")]
    [TestCase(Head + "  http: {url: http://a, version: 3}\n", 5, 34, "spec.http.version", "1.1, 2")]
    [TestCase(Head + "  http: {url: http://a, maxRedirects: 21}\n", 5, 39, "spec.http.maxRedirects", "0 to 20")]
    [TestCase(Head + "  http: {url: http://a, verifyCertificate: yes}\n", 5, 44, "spec.http.verifyCertificate", "true or false")]
    [TestCase(Head + "  http: {url: http://a, headers: {A: \"b\\r\\nC: d\"}}\n", 5, 38, "spec.http.headers.A", "is not a header value")]
    [TestCase(Head + "  http: {url: http://127.1/}\n", 5, 15, "spec.http.url", "is not a web address")]
    [TestCase(Head + "  tcp: {host: 1, port: 1}\n", 5, 15, "spec.tcp.host", "is not a host")]
    [TestCase(Head + "  tcp: {host: 0x7f.1, port: 1}\n", 5, 15, "spec.tcp.host", "is not a host")]
    [TestCase(Head + "  tcp: {host: \"[::1]:80\", port: 1}\n", 5, 15, "spec.tcp.host", "is not a host")]
    [TestCase(Head + "  tls: {host: 1.2.3.4.5}\n", 5, 15, "spec.tls.host", "is not a host")]
    [TestCase(Head + "  dns: {name: a, server: 010.0.0.1}\n", 5, 26, "spec.dns.server", "an IP address")]
    [TestCase(Head + "  dns: {name: a b}\n", 5, 15, "spec.dns.name", "is not a domain name")]
    [TestCase(Head + "  dns: {name: a, server: ns.example.com}\n", 5, 26, "spec.dns.server", "an IP address")]
    [TestCase(Head + "  dns: {name: a, type: AAA}\n", 5, 24, "spec.dns.type", "did you mean 'AAAA'?")]
    [TestCase(Head + "  tls: {host: a, minProtocol: \"1.1\"}\n", 5, 31, "spec.tls.minProtocol", "1.2, 1.3")]
    [TestCase(Https + "  assertions: {status: 200}\n", 6, 15, "spec.assertions", "is not a list")]
    [TestCase(Https + "  assertions: [200]\n", 6, 16, "spec.assertions[0]", "is not an assertion")]
    [TestCase(Https + "  assertions: [{status: 200, latency: {below: 1s}}]\n", 6, 16, "spec.assertions[0]", "holds more than one")]
    [TestCase(Https + "  assertions: [{status: [200, 6xx]}]\n", 6, 31, "spec.assertions[0].status[1]", "is not a status")]
    [TestCase(Https + "  assertions: [{header: {name: \"A B\", exists: true}}]\n", 6, 32, "spec.assertions[0].header.name", "is not a header name")]
    [TestCase(Https + "  assertions: [{body: {contains: a, equals: a}}]\n", 6, 23, "spec.assertions[0].body", "needs one test")]
    [TestCase(Https + "  assertions: [{body: {matches: \"(?=a)\"}}]\n", 6, 33, "spec.assertions[0].body.matches", "is not a regular expression")]
    [TestCase(Https + "  assertions: [{jsonPath: {path: a.b, exists: true}}]\n", 6, 34, "spec.assertions[0].jsonPath.path", "is not a path")]
    [TestCase(Https + "  assertions: [{latency: {below: 0ms}}]\n", 6, 34, "spec.assertions[0].latency.below", "can never hold")]
    [TestCase(Https + "  assertions: [{phase: {name: wiat, below: 1s}}]\n", 6, 31, "spec.assertions[0].phase.name", "did you mean 'wait'?")]
    [TestCase(Https + "  assertions: [{answers: {contains: [a]}}]\n", 6, 26, "spec.assertions[0].answers", "only for dns")]
    [TestCase(Head + "  http: {url: http://a}\n  assertions: [{certificate: {daysLeft: 1}}]\n", 6, 30, "spec.assertions[0].certificate", "https")]
    [TestCase(Dns + "  assertions: [{answers: {}}]\n", 6, 26, "spec.assertions[0].answers", "needs one test")]
    [TestCase("apiVersion: probes/v1\nkind: Location\nmetadata: {name: a}\nspec: {latitude: 91, longitude: 0}", 4, 18, "spec.latitude", "-90 to 90")]
    [TestCase("apiVersion: probes/v1\nkind: Location\nmetadata: {name: a}\nspec: {latitude: 9}", 4, 18, "spec.latitude", "both latitude and longitude")]
    [TestCase("apiVersion: probes/v1\nkind: Location\nmetadata: {name: a, labels: {b: c}}", 3, 21, "metadata.labels", "unknown key")]
    [TestCase("? [a]\n: b\n", 1, 3, "", "a key must be a text")]
    public void A_mistake_is_named_to_the_column(string text, int line, int column, string key, string said)
    {
        var set = CheckDocuments.Read(text, "bad.yaml");
        var named = set.Errors.Select(e => (e.Line, e.Column, e.Key, e.ToString().Contains(said, StringComparison.Ordinal)));
        Assert.That(named, Does.Contain((line, column, key, true)), string.Join('\n', set.Errors));
        Assert.That(set.Checks, Is.Empty);
        Assert.That(set.Locations, Is.Empty);
    }

    [Test]
    public void Half_a_character_is_no_text() =>
        Assert.That(CheckDocuments.Read("a: \uD800", "f").Errors.Single().ToString(), Does.StartWith("f:1:4: holds the character U+D800"));

    [Test]
    public void A_password_in_an_address_is_not_repeated() => Assert.That(
        string.Join('\n', CheckDocuments.Read(Head + "  http: {url: https://user:hidden@example.com/}\n", "f").Errors), Does.Not.Contain("hidden"));

    [Test]
    public void A_key_that_stands_twice_hides_no_other_mistake()
    {
        var errors = CheckDocuments.Read(Head + "  interval: 5s\n  interval: {a: [1, {b: 2}]}\n  tcp: {host: a, prot: 1}\n", "f").Errors;
        Assert.That(errors.Select(e => e.Key), Is.EqualTo(new[] { "spec.interval", "spec.tcp.port", "spec.tcp.prot" }));
    }

    [Test]
    public void Mistakes_beyond_the_bound_are_counted_and_their_documents_not_used()
    {
        var text = string.Concat(Enumerable.Repeat("x: 1\n---\n", 60)) + "apiVersion: probes/v1\nkind: Check\nmetadata: {name: BAD}\nspec: {tcp: {host: a, port: 1}}";
        var set = CheckDocuments.Read(text, "f");
        Assert.That(set.Errors, Has.Count.EqualTo(101));
        Assert.That(set.Errors[^1].Message, Does.Match("^[0-9]+ more mistakes are not shown$"));
        Assert.That(set.Checks, Is.Empty);
    }

    [Test]
    public void An_empty_file_among_others_is_none() =>
        Assert.That(CheckDocuments.Read([("empty.yaml", ""), ("one.yaml", Https)]).Errors, Is.Empty);

    [MaxTime(20_000)]
    [TestCase("[")]
    [TestCase("{a: ")]
    [TestCase("- ")]
    [TestCase("? ")]
    [TestCase("&a ")]
    [TestCase("!!a ")]
    [TestCase("\"")]
    [TestCase("'")]
    [TestCase("|\n")]
    [TestCase("---\n")]
    [TestCase("#")]
    [TestCase("%")]
    [TestCase("a\n")]
    [TestCase("x{0}: 1\n")]
    [TestCase("- &x{0} a\n")]
    public void A_megabyte_meant_to_hurt_is_refused_soon(string piece)
    {
        var text = new System.Text.StringBuilder();
        for (var i = 0; text.Length < 1_000_000; i++)
        {
            text.Append(piece.Replace("{0}", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        }

        Assert.That(CheckDocuments.Read(text.ToString(), "f").Errors, Is.Not.Empty);
    }

    [Test]
    [MaxTime(20_000)]
    public void Too_many_bad_labels_are_refused_soon() => Assert.That(
        CheckDocuments.Read($"kind: Check\nmetadata:\n  name: a\n  labels: {{{string.Join(", ", Enumerable.Range(0, 50_000).Select(i => $"\"{i}\\a\": x"))}}}", "f").Errors,
        Has.Some.Matches<DocumentError>(e => e is { Key: "metadata.labels", Allowed: "at most 64" }));

    [Test]
    public void Random_text_never_throws() =>
        Gen.String.Sample(text => CheckDocuments.Read(text, "f").Errors.Count > 0);

    [Test]
    public void Cut_and_spliced_documents_never_throw() =>
        Gen.Select(Any.Check, Any.Check, Gen.Double.Unit, Gen.Double.Unit).Sample((a, b, x, y) =>
        {
            var (one, two) = (CheckDocuments.Write(a), CheckDocuments.Write(b));
            var set = CheckDocuments.Read(one[..(int)(one.Length * x)] + two[(int)(two.Length * y)..], "f");
            return set.Errors.All(e => e.Line >= 1 && e.Column >= 1);
        });
}
