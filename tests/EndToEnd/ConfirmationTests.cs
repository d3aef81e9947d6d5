using System.Net;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>
/// Two agents of one location and one of another region, as processes, and a target that each location reaches by its own address. What serves the one location goes away: within seconds of the first
/// failed run the others are asked, before anything is flagged, and the incident's page says what they saw.
/// </summary>
[NonParallelizable]
public sealed class ConfirmationTests
{
    private const string Answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    [Test]
    [CancelAfter(300_000)]
    public async Task A_first_failure_is_confirmed_by_a_peer_and_from_elsewhere_before_it_is_flagged()
    {
        await using var target = RawServer.Answering(Answer);
        var (port, upstream) = (FreePort.Next(), new IPEndPoint(IPAddress.Loopback, target.Port));
        var eu = new DelayProxy(IPAddress.Parse("127.0.3.1"), port, upstream);
        await using var us = new DelayProxy(IPAddress.Parse("127.0.3.2"), port, upstream);
        await using var euNames = FakeDns.Of(IPAddress.Parse("127.0.3.1"));
        await using var usNames = FakeDns.Of(IPAddress.Parse("127.0.3.2"));
        await using var system = await ProbesSystem.StartAsync();
        try
        {
            var (exit, output) = await system.ApplyAsync(string.Join("\n---\n", new[] { "eu-west", "us-east" }.Select(p => $"apiVersion: probes/v1\nkind: Location\nmetadata: {{name: {p}}}\nspec: {{type: private}}")
                .Append($"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: shop}}\nspec: {{interval: 10s, timeout: 2s, http: {{url: \"http://shop.test:{port}/\"}}}}")));
            Assert.That(exit, Is.Zero, output);
            await system.StartAgentAsync("eu-west", "eu-a", "--resolver", $"127.0.0.1:{euNames.Port}");
            await system.StartAgentAsync("eu-west", "eu-b", "--resolver", $"127.0.0.1:{euNames.Port}");
            await system.StartAgentAsync("us-east", "us-a", "--resolver", $"127.0.0.1:{usNames.Port}");
            await Poll.UntilAsync(async () => await PassedAsync(system) >= 6, TimeSpan.FromSeconds(90), "both locations have passed some runs", TimeSpan.FromSeconds(1));

            await eu.DisposeAsync();
            var failed = await Poll.UntilAsync(async () => await FirstFailureAsync(system), TimeSpan.FromSeconds(60), "a run failed", TimeSpan.FromMilliseconds(200));
            var seen = (JsonElement)await Poll.UntilAsync(async () => await VerdictAsync(system) is var v && Confirmations(v) is { Count: > 0 } ? (object)v : null,
                TimeSpan.FromSeconds(20), "others were asked", TimeSpan.FromMilliseconds(200));
            AssertAsked(seen, (DateTimeOffset)failed);
            TestContext.Out.WriteLine($"asked {(Confirmations(seen)![0].GetProperty("at").GetDateTimeOffset() - (DateTimeOffset)failed).TotalSeconds:0.0} s after the failed run was due");

            var incident = (JsonElement)await Poll.UntilAsync(async () => (await system.GetAsync("/api/v1/incidents?open=true")) is { } all && all.GetArrayLength() > 0 ? (object)all[0] : null,
                TimeSpan.FromSeconds(90), "an incident opens", TimeSpan.FromMilliseconds(500));
            await AssertToldAsync(system, incident);
            Assert.That(incident.GetProperty("cause").GetProperty("culprit").GetString(), Is.EqualTo("route"), "it is well elsewhere");
            await AssertNotCountedAsync(system, "us-east");
        }
        catch (Exception e)
        {
            throw new AssertionException($"{e.Message}\n{system.Outputs()}", e);
        }
    }

    private static void AssertAsked(JsonElement verdict, DateTimeOffset failedAt)
    {
        Assert.That(verdict.GetProperty("level").GetString(), Is.Not.EqualTo("down").And.Not.EqualTo("degraded"), "nobody was told yet");
        var asked = Confirmations(verdict)!.OrderBy(c => Text(c, "region")).ToList();
        Assert.That(asked.Select(c => (Text(c, "region"), Text(c, "state"), c.GetProperty("passed").GetBoolean(), Text(c, "reason"))),
            Is.EqualTo(new[] { ("eu-west", "done", false, "connect_refused"), ("us-east", "done", true, "") }));
        Assert.That(Text(asked[0], "agent"), Is.AnyOf("eu-a", "eu-b"));
        Assert.That(Text(asked[1], "agent"), Is.EqualTo("us-a"));
        Assert.That(Text(asked[1], "address"), Does.StartWith("127.0.3.2:"));
        // Held back up to 3 s at the agent, then spool, ingest, rollup, and a round of judgments every 5 s.
        Assert.That(asked[0].GetProperty("at").GetDateTimeOffset() - failedAt, Is.LessThan(TimeSpan.FromSeconds(15)));
    }

    private static async Task AssertToldAsync(ProbesSystem system, JsonElement incident)
    {
        var impact = incident.GetProperty("impacts")[0];
        Assert.That(Text(impact, "region"), Is.EqualTo("eu-west"));
        Assert.That(impact.GetProperty("evidence").GetProperty("confirmations").GetArrayLength(), Is.GreaterThanOrEqualTo(2));
        Assert.That(Text(impact, "summary"), Does.Match("; confirmed by agent eu-[ab] in eu-west: connect_refused; well from us-east\\.$"));
        var page = await system.Api.GetStringAsync($"/incidents/{incident.GetProperty("id").GetInt64()}");
        Assert.That(page, Does.Contain("Confirmed from elsewhere").And.Contain("failed: connect_refused"));
        Assert.That(await system.Api.GetStringAsync("/metrics"), Does.Match("probes_confirmations_total [1-9]"));
    }

    private static async Task<int> PassedAsync(ProbesSystem system) => (await ResultsAsync(system)).Count(r => Text(r, "status") == "passed");

    private static async Task<object?> FirstFailureAsync(ProbesSystem system) =>
        (await ResultsAsync(system)).Where(r => Text(r, "reason") == "connect_refused").Select(r => (object)r.GetProperty("dueAt").GetDateTimeOffset()).LastOrDefault();

    // Every due time has one run; those that were asked for are stored nowhere and counted by nothing.
    private static async Task AssertNotCountedAsync(ProbesSystem system, string region)
    {
        var counts = (await system.GetAsync("/api/v1/checks/shop/regions")).EnumerateArray().Single(r => Text(r, "region") == region).GetProperty("counts");
        var stored = (await ResultsAsync(system)).Where(r => Text(r, "region") == region).Select(r => r.GetProperty("dueAt").GetDateTimeOffset().UtcTicks / Interval.Ticks).ToList();
        Assert.That(stored.Distinct().Count(), Is.EqualTo(stored.Count));
        Assert.That(counts.GetProperty("judged").GetInt32() + counts.GetProperty("agentFaults").GetInt32(), Is.LessThanOrEqualTo(stored.Count));
    }

    private static async Task<IReadOnlyList<JsonElement>> ResultsAsync(ProbesSystem system) =>
        [.. (await system.GetAsync("/api/v1/results?check=shop&limit=500")).GetProperty("items").EnumerateArray()];

    private static async Task<JsonElement> VerdictAsync(ProbesSystem system) =>
        (await system.GetAsync("/api/v1/checks/shop/regions")).EnumerateArray().Single(r => Text(r, "region") == "eu-west").GetProperty("verdict");

    private static List<JsonElement>? Confirmations(JsonElement verdict) =>
        verdict.GetProperty("evidence").TryGetProperty("confirmations", out var all) && all.ValueKind == JsonValueKind.Array ? [.. all.EnumerateArray()] : null;

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString() ?? "";
}
