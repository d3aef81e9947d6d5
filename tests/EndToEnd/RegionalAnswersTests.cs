using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>
/// One orchestrator and three agents as processes, each with its own resolver and with targets of its own behind it. What one region is answered
/// becomes another: its name is gone, its certificate is another issuer's, its content is left behind. Each is found for what it is, as an incident.
/// </summary>
[NonParallelizable]
public sealed class RegionalAnswersTests
{
    private const string Odd = "us-east";

    private static readonly string[] Places = ["eu-west", Odd, "ap-south"];

    [Test]
    [CancelAfter(420_000)]
    public async Task What_one_region_alone_is_answered_is_told_from_slowness_and_opens_an_incident_that_says_so()
    {
        var (web, tls) = (FreePort.Next(), FreePort.Next());
        using var certificate = TestCertificates.Make("shop.test", TimeSpan.FromDays(30));
        using var other = TestCertificates.Make("shop.test", TimeSpan.FromDays(30), TestCertificates.Root());
        var (gone, hijacked, moved) = (false, false, false);
        var parts = Places.Select((place, i) =>
        {
            var odd = place == Odd;
            var address = IPAddress.Parse($"127.0.3.{i + 1}");
            var site = RawServer.AnsweringBy(head => Page(head.Contains("shop.test", StringComparison.Ordinal) && moved && !odd ? "new" : "old"));
            var secure = new RawServer((stream, ct) => ShowAsync(stream, odd && hijacked ? other : certificate, ct));
            var dns = new FakeDns((name, type) => gone && odd && name == "api.test" ? new FakeDns.Reply(Code: 3)
                : type == 1 ? new FakeDns.Reply(Records: (1, address.GetAddressBytes())) : new FakeDns.Reply());
            return (Place: place, Dns: dns, Parts: (IAsyncDisposable[])[
                site, secure, dns, new DelayProxy(address, web, new IPEndPoint(IPAddress.Loopback, site.Port)), new DelayProxy(address, tls, new IPEndPoint(IPAddress.Loopback, secure.Port))]);
        }).ToList();

        // Checks that run every other second need no hour to be known; and that a busy machine is slow is not what is asked here.
        await using var system = await ProbesSystem.StartAsync(new Dictionary<string, string>
        {
            ["PROBES__DETECTION__BASELINERUNS"] = "10",
            ["PROBES__DETECTION__SHIFTMS"] = "60000",
            ["PROBES__DETECTION__ANSWERS__EVERYSECONDS"] = "2",
            ["PROBES__DETECTION__ANSWERS__LEARNMINUTES"] = "0.3",
            ["PROBES__DETECTION__ANSWERS__LASTSMINUTES"] = "0.2",
            ["PROBES__DETECTION__ANSWERS__STALEMINUTES"] = "0.5",
        });
        try
        {
            await DefineAsync(system, web, tls);
            foreach (var (place, dns, _) in parts)
            {
                await system.StartAgentAsync(place, place, "--resolver", $"127.0.0.1:{dns.Port}");
            }

            await Poll.UntilAsync(async () => (await LevelsAsync(system)).Count(l => l == "healthy") == 9, TimeSpan.FromSeconds(200), "every region is healthy", TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System);
            Assert.That(await DifferencesAsync(system, "site", "api", "secure"), Is.Empty);

            hijacked = moved = true;
            await Poll.UntilAsync(async () => (await CulpritsAsync(system)).Count >= 2, TimeSpan.FromSeconds(150), "two incidents are open", TimeSpan.FromSeconds(1));
            await AssertDifferenceAsync(system, "secure", "issuer", "another issuer for pay.test (issued by CN=Test root, valid until ");
            await AssertDifferenceAsync(system, "site", "staleContent", "still served old content of shop.test; 2 other regions moved on");
            var told = await CulpritsAsync(system);
            Assert.That(told, Has.One.StartsWith("answer us-east: what us-east is answered for shop.test: us-east alone is still served old content"));
            Assert.That(told, Has.One.StartsWith("answer us-east: what us-east is answered for pay.test: us-east alone is shown a certificate of another issuer"));

            gone = true;
            await Poll.UntilAsync(async () => (await CulpritsAsync(system)).Any(c => c.Contains("NXDOMAIN", StringComparison.Ordinal)), TimeSpan.FromSeconds(90), "the missing name is an incident",
                TimeSpan.FromSeconds(1));
            await AssertDifferenceAsync(system, "api", "dnsRefusal", "us-east alone is told NXDOMAIN for api.test");
            Assert.That(await CulpritsAsync(system), Is.All.StartsWith("answer us-east"), "and nothing else is to blame");

            gone = hijacked = false;
            await Poll.UntilAsync(async () => (await DifferencesAsync(system, "api", "secure")).Count == 0, TimeSpan.FromSeconds(90), "it is over", TimeSpan.FromSeconds(1));
        }
        catch (Exception e)
        {
            throw new AssertionException($"{e.Message}\n{system.Outputs()}", e);
        }
        finally
        {
            foreach (var part in parts.SelectMany(p => p.Parts))
            {
                await part.DisposeAsync();
            }
        }
    }

    private static string Page(string body) => $"HTTP/1.1 200 OK\r\nX-Cache: HIT\r\nContent-Length: {body.Length}\r\n\r\n{body}";

    private static async Task ShowAsync(Stream stream, X509Certificate2 certificate, CancellationToken ct)
    {
        await using var tls = new System.Net.Security.SslStream(stream);
        await tls.AuthenticateAsServerAsync(new System.Net.Security.SslServerAuthenticationOptions { ServerCertificate = certificate }, ct);
        await RawServer.ReadHeadAsync(tls, ct);
        await tls.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 204 No Content\r\n\r\n"), ct);
    }

    private static async Task DefineAsync(ProbesSystem system, int web, int tls)
    {
        string Check(string name, string http) => $"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: {name}}}\nspec: {{interval: 2s, http: {{{http}}}}}";
        var yaml = string.Join("\n---\n", Places.Select(p => $"apiVersion: probes/v1\nkind: Location\nmetadata: {{name: {p}}}\nspec: {{type: private}}").Concat(
        [
            Check("site", $"url: \"http://shop.test:{web}/\""), Check("api", $"url: \"http://api.test:{web}/\""), Check("secure", $"url: \"https://pay.test:{tls}/\", verifyCertificate: false"),
        ]));
        var (exit, output) = await system.ApplyAsync(yaml);
        Assert.That(exit, Is.Zero, output);
    }

    private static async Task<List<string>> LevelsAsync(ProbesSystem system) =>
        [.. (await system.GetAsync("/api/v1/overview")).EnumerateArray().SelectMany(c => c.GetProperty("regions").EnumerateArray()).Select(r => r.GetProperty("verdict").GetProperty("level").GetString()!)];

    private static async Task<List<string>> CulpritsAsync(ProbesSystem system) =>
        [.. (await system.GetAsync("/api/v1/incidents?open=true")).EnumerateArray().Select(i => i.GetProperty("cause")).Select(c => $"{c.GetProperty("culprit")} {c.GetProperty("region")}: {c.GetProperty("words")}")];

    private static async Task<List<JsonElement>> DifferencesAsync(ProbesSystem system, params string[] checks)
    {
        var found = new List<JsonElement>();
        foreach (var check in checks)
        {
            found.AddRange((await system.GetAsync($"/api/v1/checks/{check}/answers")).GetProperty("differences").EnumerateArray());
        }

        return found;
    }

    private static async Task AssertDifferenceAsync(ProbesSystem system, string check, string kind, string words)
    {
        var found = (await DifferencesAsync(system, check)).Single(d => d.GetProperty("kind").GetString() == kind);
        Assert.That(found.GetProperty("regions").EnumerateArray().Select(r => r.GetString()), Is.EqualTo(new[] { Odd }));
        Assert.That(found.GetProperty("words").GetString(), Does.Contain(words));
        Assert.That(found.GetProperty("definite").GetBoolean(), Is.True);
    }
}
