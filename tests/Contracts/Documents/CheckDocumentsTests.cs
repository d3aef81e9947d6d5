using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;

namespace Probes.Tests.Contracts.Documents;

public sealed class CheckDocumentsTests
{
    private const string Everything = """
        apiVersion: probes/v1
        kind: Location
        metadata: {name: eu-west}
        spec: {type: cloud, region: Europe, latitude: 53.3, longitude: -6.3}
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {name: shop-home, labels: {team: web}, description: "The shop's first page"}
        spec:
          interval: 30s
          timeout: 5s
          retry: {runs: 2, after: 1s}
          locations: [eu-west]
          http:
            url: https://shop.example.com/
            method: POST
            headers: {Accept: text/html}
            body: "a=1"
            version: "2"
            maxRedirects: 3
            maxBodyBytes: 2048
            verifyCertificate: false
          assertions:
            - status: [200, 204, 3xx]
            - header: {name: Content-Type, contains: html}
            - body: {matches: "ok|fine"}
            - jsonPath: {path: "$.items[0].name", equals: ok}
            - jsonPath: {path: $.error, exists: false}
            - latency: {below: 500ms}
            - phase: {name: wait, below: 200ms}
            - certificate: {daysLeft: 14}
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {name: names}
        spec:
          dns: {name: www.example.com, type: AAAA, server: 192.0.2.53, port: 5353, transport: tcp}
          assertions:
            - answers: {contains: [2001:db8::1]}
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {name: mail}
        spec: {tcp: {host: mail.example.com, port: 25, send: "QUIT\r\n", expect: "221"}}
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {name: cert}
        spec: {tls: {host: 192.0.2.7, port: 8443, serverName: shop.example.com, minProtocol: "1.3"}}
        """;

    [Test]
    public void Every_kind_and_key_is_read()
    {
        var set = CheckDocuments.Read(Everything, "all.yaml");
        Assert.That(set.Errors, Is.Empty);
        Assert.That(set.Checks.Select(c => c.Probe.Kind), Is.EqualTo(new[] { "http", "dns", "tcp", "tls" }));
        Assert.That(set.Locations[0].Region, Is.EqualTo("Europe"));
        Assert.That(set.Checks[0].Assertions, Has.Count.EqualTo(8));
        Assert.That(((HttpSpec)set.Checks[0].Probe).SkipCertificateCheck, Is.True);
        Assert.That(set.Checks[1].Timeout, Is.EqualTo(TimeSpan.FromSeconds(10)));
    }

    [Test]
    public void A_retry_is_read_with_its_defaults_and_is_part_of_the_canonical_document()
    {
        const string Head = "apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  tcp: {host: a.test, port: 1}\n";
        var check = CheckDocuments.Read(Head + "  retry: {}\n", "f.yaml").Checks.Single();
        Assert.That(check.Retry, Is.EqualTo(new Probes.Contracts.Checks.Retry(1, TimeSpan.FromSeconds(2))));
        Assert.That(check.LongestRun, Is.EqualTo(TimeSpan.FromSeconds(22)));
        Assert.That(CheckDocuments.Write(check), Does.Contain("\"timeout\":\"10s\",\"retry\":{\"runs\":1,\"after\":\"2s\"},\"tcp\":"));
        Assert.That(CheckDocuments.Read(Head, "f.yaml").Checks.Single().Retry, Is.Null);
    }

    [Test]
    public void The_canonical_document_reads_back_equal()
    {
        foreach (var check in CheckDocuments.Read(Everything, "all.yaml").Checks)
        {
            var written = CheckDocuments.Write(check);
            var again = CheckDocuments.Read(written, "again.json");
            Assert.That(again.Errors, Is.Empty, written);
            Assert.That(CheckDocuments.Write(again.Checks[0]), Is.EqualTo(written));
        }
    }

    [Test]
    public void The_wire_carries_everything_an_agent_needs()
    {
        foreach (var check in CheckDocuments.Read(Everything, "all.yaml").Checks)
        {
            var bytes = Google.Protobuf.MessageExtensions.ToByteArray(WireChecks.ToWire(check));
            var (back, reason) = WireChecks.FromWire(CheckSpec.Parser.ParseFrom(bytes));
            Assert.That(reason, Is.Empty);
            var bare = check with { Labels = new Dictionary<string, string>(), Description = "", Locations = [] };
            Assert.That(CheckDocuments.Write(back!), Is.EqualTo(CheckDocuments.Write(bare)));
        }
    }

    [TestCase("kind: Check\n bad: [", 2, "", "is not YAML")]
    [TestCase("apiVersion: probes/v2\nkind: Location\nmetadata: {name: a}", 1, "apiVersion", "'probes/v2' is not known")]
    [TestCase("apiVersion: probes/v1\nkind: Chek\nmetadata: {name: a}", 2, "kind", "did you mean 'Check'?")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  intervall: 5s\n  tcp: {host: a, port: 1}", 5, "spec.intervall", "did you mean 'interval'?")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  interval: 500ms\n  tcp: {host: a, port: 1}", 5, "spec.interval", "out of range")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  interval: 5s\n  timeout: 6s\n  tcp: {host: a, port: 1}", 6, "spec.timeout", "out of range")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  interval: [5s]\n  tcp: {host: a, port: 1}", 5, "spec.interval", "is not a single value")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  tcp: {host: a, port: 70000}", 5, "spec.tcp.port", "'70000' is not allowed")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  tcp: {host: a, port: \"80\"}", 5, "spec.tcp.port", "'80' is not allowed")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  http: {url: ftp://a}", 5, "spec.http.url", "is not a web address")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: Bad Name}\nspec:\n  tcp: {host: a, port: 1}", 3, "metadata.name", "is not a name")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec: {interval: 5s}", 4, "spec", "says nothing of what to probe")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  tcp: {host: a, port: 1}\n  assertions:\n  - status: 200", 7, "spec.assertions[0].status", "cannot be asserted of tcp")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  http:\n    url: http://a\n    headers: {\"X: y\": z}", 7, "spec.http.headers.X: y", "is not a header name")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec:\n  http: {url: http://a}\n  assertions:\n  - body: {matches: \"(\"}", 7, "spec.assertions[0].body.matches", "is not a regular expression")]
    [TestCase("apiVersion: probes/v1\nkind: Check\nmetadata: {name: a, name: b}\nspec: {tcp: {host: a, port: 1}}", 3, "metadata.name", "stands twice")]
    [TestCase("a: *x", 1, "a", "aliases")]
    [TestCase("a: &x [1]\nb: *x", 1, "a", "anchors")]
    [TestCase("[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]", 1, "", "nested too deeply")]
    [TestCase("just text", 1, "", "is not a document")]
    public void A_mistake_is_named_with_its_place(string text, int line, string key, string message)
    {
        var set = CheckDocuments.Read(text, "bad.yaml");
        Assert.That(set.Errors, Is.Not.Empty);
        var error = set.Errors[0];
        Assert.That((error.File, error.Line, error.Key), Is.EqualTo(("bad.yaml", line, key)), error.ToString());
        Assert.That(error.ToString(), Does.Contain(message));
        Assert.That(set.Checks, Is.Empty);
    }

    [Test]
    public void All_mistakes_are_told_at_once() =>
        Assert.That(CheckDocuments.Read("apiVersion: 1\nkind: Check\nmetadata: {}\nspec: {interval: x, tcp: {port: 0}}", "f").Errors, Has.Count.EqualTo(5));

    [Test]
    public void A_name_may_stand_once_for_each_kind_over_all_files()
    {
        const string check = "apiVersion: probes/v1\nkind: Check\nmetadata: {name: a}\nspec: {tcp: {host: a, port: 1}}";
        var set = CheckDocuments.Read([("one.yaml", check), ("two.yaml", check)]);
        Assert.That(set.Errors.Single().ToString(), Does.StartWith("two.yaml:3:").And.Contain("defined twice; first in one.yaml"));
    }

    [Test]
    public void Damaged_text_never_throws([Range(0, 19)] int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 100; i++)
        {
            var text = Everything.ToCharArray();
            for (var hits = random.Next(1, 8); hits > 0; hits--)
            {
                text[random.Next(text.Length)] = (char)random.Next(0, 256);
            }

            Assert.That(() => CheckDocuments.Read(new string(text), "damaged.yaml"), Throws.Nothing);
        }
    }
}
