using System.Net;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>
/// The main job on real parts: one orchestrator and three agents as processes, RabbitMQ and PostgreSQL, a local target. Each agent's
/// resolver leads it to its own proxy; one proxy slows, and that region, no other, must be flagged, with the right phase.
/// </summary>
[NonParallelizable]
public sealed class RegionalSlowdownTests
{
    private const string Slow = "us-east";
    private const double InjectedMs = 100;

    private static readonly string[] Places = ["eu-west", Slow, "ap-south"];

    [Test]
    [CancelAfter(300_000)]
    public async Task A_region_that_slows_by_100_ms_is_flagged_and_no_other()
    {
        var postgres = await PostgresFixture.NewDatabaseAsync();
        await using var target = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        var upstream = new IPEndPoint(IPAddress.Loopback, target.Port);
        var port = FreePort.Next();
        var proxies = Places.Select((p, i) => (Place: p, Proxy: new DelayProxy(IPAddress.Parse($"127.0.2.{i + 1}"), port, upstream))).ToDictionary(p => p.Place, p => p.Proxy);
        var resolvers = Places.Select((p, i) => (Place: p, Dns: FakeDns.Of(IPAddress.Parse($"127.0.2.{i + 1}")))).ToDictionary(p => p.Place, p => p.Dns);
        await using var system = await ProbesSystem.StartAsync(new Dictionary<string, string>
        {
            ["PROBES__STORE__CONNECTIONSTRING"] = postgres,
            ["PROBES__BUS__CONNECTIONSTRING"] = (await RabbitMqFixture.CleanAsync()).ToString(),
        });
        try
        {
            await DefineAsync(system, port);
            foreach (var place in Places)
            {
                await system.StartAgentAsync(place, place, "--resolver", $"127.0.0.1:{resolvers[place].Port}");
            }

            await Poll.UntilAsync(async () => Levels(await RegionsAsync(system)).Count(l => l.Level == "healthy") == 3, TimeSpan.FromSeconds(150),
                "every region has its baseline and is healthy", TimeSpan.FromSeconds(1));
            await AssertAgentsAsync(system);
            var before = await P95Async(system);

            proxies[Slow].Delay = TimeSpan.FromMilliseconds(InjectedMs);
            await Poll.UntilAsync(async () => Levels(await RegionsAsync(system)).Any(l => l is { Region: Slow, Level: "degraded" }), TimeSpan.FromSeconds(90),
                $"{Slow} is flagged", TimeSpan.FromSeconds(1));

            await AssertVerdictAsync(system);
            await AssertHeatmapAsync(system, before);
            await AssertCountsAsync(system);
        }
        catch (Exception e)
        {
            throw new AssertionException($"{e.Message}\n{system.Outputs()}", e);
        }
        finally
        {
            foreach (var place in Places)
            {
                await proxies[place].DisposeAsync();
                await resolvers[place].DisposeAsync();
            }
        }
    }

    private static async Task DefineAsync(ProbesSystem system, int port)
    {
        var yaml = string.Join("\n---\n", Places.Select(p => $"apiVersion: probes/v1\nkind: Location\nmetadata: {{name: {p}}}\nspec: {{type: private}}")
            .Append($"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: shop}}\nspec: {{interval: 1s, http: {{url: \"http://shop.test:{port}/\"}}, assertions: [{{status: 200}}]}}"));
        var (exit, output) = await system.ApplyAsync(yaml);
        Assert.That(exit, Is.Zero, output);
    }

    private static Task<JsonElement> RegionsAsync(ProbesSystem system) => system.GetAsync("/api/v1/checks/shop/regions");

    private static IEnumerable<(string Region, string Level)> Levels(JsonElement regions) =>
        regions.EnumerateArray().Select(r => (r.GetProperty("region").GetString()!, r.GetProperty("verdict").GetProperty("level").GetString()!));

    private static async Task AssertAgentsAsync(ProbesSystem system)
    {
        var agents = (await system.GetAsync("/api/v1/agents")).EnumerateArray().ToList();
        Assert.That(agents.Select(a => a.GetProperty("region").GetString()), Is.EquivalentTo(Places));
        Assert.That(agents.Select(a => (a.GetProperty("online").GetBoolean(), a.GetProperty("transport").GetString(), a.GetProperty("runningChecks").GetInt32())),
            Is.All.EqualTo((true, "amqp", 1)));
    }

    private static async Task AssertVerdictAsync(ProbesSystem system)
    {
        var regions = await RegionsAsync(system);
        Assert.That(Levels(regions).Where(l => l.Level is "degraded" or "down").Select(l => l.Region), Is.EqualTo(new[] { Slow }));
        var verdict = regions.EnumerateArray().First(r => r.GetProperty("region").GetString() == Slow).GetProperty("verdict");
        Assert.That(verdict.GetProperty("evidence").GetProperty("phase").GetString(), Is.EqualTo("wait"), verdict.ToString());
        Assert.That(verdict.GetProperty("sentence").GetString(), Does.StartWith($"{Slow} is degraded: wait is ").And.Contain("above its baseline").And.Contain("since").And.Contain("1 agent"));
        // Verdicts are to be read before the incidents that the same round writes.
        var incidents = (List<JsonElement>)await Poll.UntilAsync(
            async () => (await system.GetAsync("/api/v1/incidents?open=true")).EnumerateArray().ToList() is { Count: > 0 } all ? (object)all : null, TimeSpan.FromSeconds(30), "the incident is written");
        Assert.That(incidents.SelectMany(i => i.GetProperty("impacts").EnumerateArray()).Select(i => (i.GetProperty("check").GetString(), i.GetProperty("region").GetString())), Is.EqualTo(new[] { ("shop", Slow) }));
        Assert.That(incidents.Select(i => i.GetProperty("cause").GetProperty("culprit").GetString()), Is.EqualTo(new[] { "route" }));
    }

    // The next whole minute holds slow runs only: there the heatmap must show what was injected, within the sketch's 1 % and the noise of a busy machine.
    private static async Task AssertHeatmapAsync(ProbesSystem system, Dictionary<string, double> before)
    {
        var flaggedAt = TimeProvider.System.GetUtcNow();
        await Poll.UntilAsync(async () => (await P95Async(system, flaggedAt)).GetValueOrDefault(Slow) > InjectedMs, TimeSpan.FromSeconds(90), "the heatmap shows it", TimeSpan.FromSeconds(1));
        var after = await P95Async(system, flaggedAt);
        Assert.That(after[Slow] - before[Slow], Is.InRange(InjectedMs * 0.9, InjectedMs + 60));
        foreach (var place in Places.Where(p => p != Slow))
        {
            Assert.That(after[place], Is.LessThan(before[place] + 60), place);
        }
    }

    private static async Task<Dictionary<string, double>> P95Async(ProbesSystem system, DateTimeOffset? from = null)
    {
        var query = from is { } time ? $"&from={Uri.EscapeDataString(time.ToString("O"))}" : "";
        var heatmap = await system.GetAsync($"/api/v1/checks/shop/heatmap?metric=latency_p95&step=60{query}");
        return heatmap.GetProperty("regions").EnumerateArray()
            .Select(r => (Region: r.GetProperty("region").GetString()!, Values: r.GetProperty("values").EnumerateArray().Where(v => v.ValueKind == JsonValueKind.Number).Select(v => v.GetDouble()).ToList()))
            .Where(r => r.Values.Count > 0)
            .ToDictionary(r => r.Region, r => r.Values[^1]);
    }

    private static async Task AssertCountsAsync(ProbesSystem system)
    {
        var counts = (await system.Api.GetStringAsync("/metrics")).Split('\n').Where(l => l.StartsWith("probes_results_", StringComparison.Ordinal))
            .GroupBy(l => l.Split('{', ' ')[0]).ToDictionary(g => g.Key, g => g.Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..])));
        Assert.That(counts["probes_results_received_total"], Is.GreaterThan(0)
            .And.EqualTo(counts["probes_results_stored_total"] + counts["probes_results_duplicate_total"] + counts["probes_results_rejected_total"]));
        Assert.That(counts["probes_results_rejected_total"], Is.Zero);
    }
}
