using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>
/// Three agents as processes against one healthy target: one is stopped for a while and goes on, one loses its resolver, one is killed. None of
/// that may be held against the target, and what did not run must show, to the run.
/// </summary>
[NonParallelizable]
public sealed class UnfitAgentTests
{
    private const int Continue = 18;
    private const int Stop = 19;
    private static readonly string[] Places = ["ap-south", "eu-west", "us-east"];
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    [Test]
    [CancelAfter(480_000)]
    public async Task What_befalls_agents_never_blames_the_target_and_what_did_not_run_is_missed_to_the_run()
    {
        var deaf = false;
        await using var dns = FakeDns.Of(IPAddress.Loopback);
        await using var failing = new FakeDns((_, type) => Volatile.Read(ref deaf) ? null : type == 1 ? new FakeDns.Reply(Records: (1, [127, 0, 0, 1])) : new FakeDns.Reply());
        await using var target = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System, ct);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), ct);
        });
        await using var system = await ProbesSystem.StartAsync();
        try
        {
            await DefineAsync(system, target.Port);
            var killed = await system.StartAgentAsync("ap-south", "ap", "--resolver", $"127.0.0.1:{dns.Port}");
            var stopped = await system.StartAgentAsync("eu-west", "eu", "--resolver", $"127.0.0.1:{dns.Port}");
            await system.StartAgentAsync("us-east", "us", "--resolver", $"127.0.0.1:{failing.Port}");
            await Poll.UntilAsync(async () => (await ResultsAsync(system)).Select(r => Text(r, "region")).Distinct().Count() == 3, TimeSpan.FromSeconds(60), "results of all three");

            // The schedule counts from the next whole minute on; a cold agent is not judged.
            await UntilAsync(Minute(Now()).AddMinutes(2));
            await UntilAsync(Now().AddSeconds(20));
            killed.Kill();
            Assert.That(Kill(stopped.Id, Stop), Is.Zero);
            Volatile.Write(ref deaf, true);
            await UntilAsync(Now().AddSeconds(8));
            Assert.That(Kill(stopped.Id, Continue), Is.Zero);

            await Poll.UntilAsync(async () => await UnfitAsync(system, "us") == "resolver" && await UnfitAsync(system, "eu") == "cpu", TimeSpan.FromSeconds(30), "both say what is wrong");
            Assert.That(await system.Api.GetStringAsync("/metrics"), Does.Contain("probes_agent_unfit{agent=\"us\",location=\"us-east\",what=\"resolver\"} 1"));
            Assert.That(await system.Api.GetStringAsync("/agents"), Does.Contain("us-east: 1 of 1 agent unfit: resolver"));
            Volatile.Write(ref deaf, false);
            await Poll.UntilAsync(async () => await UnfitAsync(system, "us") + await UnfitAsync(system, "eu") == "", TimeSpan.FromSeconds(60), "both are fit again");

            await AssertNobodyBlamedAsync(system);
            await AssertMissedAsync(system);
        }
        catch (Exception e)
        {
            throw new AssertionException($"{e.Message}\n{system.Outputs()}", e);
        }
    }

    private static async Task AssertNobodyBlamedAsync(ProbesSystem system)
    {
        var results = await ResultsAsync(system);
        Assert.That(results.Where(r => Text(r, "source") is "target" or "dns" or "network").Select(r => r.ToString()), Is.Empty);
        Assert.That(results.Where(r => Text(r, "region") == "us-east").Select(r => Text(r, "unfit")), Does.Contain("resolver"));
        var eu = results.Where(r => Text(r, "region") == "eu-west").ToList();
        Assert.That(eu.Count(r => Text(r, "reason") == "agent_suspended"), Is.InRange(5, 9), "what came due while it was stopped");
        Assert.That(eu.Where(r => r.GetProperty("durationMs").GetDouble() > 5000).Select(r => Text(r, "unfit")), Is.All.Contain("cpu"));
        Assert.That((await system.GetAsync("/api/v1/incidents")).EnumerateArray(), Is.Empty);
    }

    private static async Task AssertMissedAsync(ProbesSystem system)
    {
        var deadline = Minute(Now()).AddMinutes(1);
        var report = await Poll.UntilAsync(
            async () => await system.GetAsync($"/api/v1/checks/shop/adherence?step=60&from={At(Now().AddMinutes(-30))}") is var r && r.GetProperty("settledTo").GetDateTimeOffset() >= deadline ? (object)r : null,
            TimeSpan.FromSeconds(180), "the minutes are settled", TimeSpan.FromSeconds(2));
        var results = await ResultsAsync(system);
        foreach (var region in ((JsonElement)report).GetProperty("regions").EnumerateArray())
        {
            var (name, missed) = (Text(region, "region"), 0L);
            foreach (var step in region.GetProperty("steps").EnumerateArray().Where(s => s.GetProperty("at").GetDateTimeOffset() < deadline))
            {
                var (at, runs) = (step.GetProperty("at").GetDateTimeOffset(), step.GetProperty("runs"));
                var (expected, made) = (runs.GetProperty("expected").GetInt64(), Made(results, name, at));
                missed += runs.GetProperty("missed").GetInt64();
                Assert.That(expected, Is.EqualTo(0).Or.EqualTo(60), $"{name} {at:O}");
                Assert.That(runs.GetProperty("missed").GetInt64(), Is.EqualTo(Math.Max(0, expected - made)), $"{name} {at:O}: {runs}");
            }

            Assert.That(missed, name switch { "ap-south" => Is.InRange(38, 46), "eu-west" => Is.InRange(5, 12), _ => Is.LessThanOrEqualTo(3) }, name);
            TestContext.Out.WriteLine(Text(region, "sentence"));
        }

        var silent = ((JsonElement)report).GetProperty("regions").EnumerateArray().Single(r => Text(r, "region") == "ap-south");
        Assert.That(Text(silent, "sentence"), Does.Contain("no agent is online, the last was heard of at "));
        await Poll.UntilAsync(async () => await VerdictAsync(system) is var v && v.StartsWith("ap-south is unknown: no agent is online", StringComparison.Ordinal) && v.EndsWith("silence is not health.", StringComparison.Ordinal),
            TimeSpan.FromSeconds(60), "the silent region is unknown");
    }

    private static async Task<string> VerdictAsync(ProbesSystem system) =>
        Text((await system.GetAsync("/api/v1/checks/shop/regions")).EnumerateArray().Single(r => Text(r, "region") == "ap-south").GetProperty("verdict"), "sentence");

    private static int Made(IEnumerable<JsonElement> results, string region, DateTimeOffset minute) => results.Count(r =>
        Text(r, "region") == region && Text(r, "status") != "missed" && r.GetProperty("dueAt").GetDateTimeOffset() is var due && due >= minute && due < minute.AddMinutes(1));

    private static async Task DefineAsync(ProbesSystem system, int port)
    {
        var yaml = string.Join("\n---\n", Places.Select(p => $"apiVersion: probes/v1\nkind: Location\nmetadata: {{name: {p}}}\nspec: {{type: private}}")
            .Append($"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: shop}}\nspec: {{interval: {Interval.TotalSeconds}s, timeout: 1s, http: {{url: \"http://shop.test:{port}/\"}}}}"));
        var (exit, output) = await system.ApplyAsync(yaml);
        Assert.That(exit, Is.Zero, output);
    }

    private static async Task<string> UnfitAsync(ProbesSystem system, string agent) =>
        string.Join(',', (await system.GetAsync("/api/v1/agents")).EnumerateArray().Single(a => Text(a, "name") == agent).GetProperty("unfit").EnumerateArray().Select(u => Text(u, "what")));

    private static async Task<List<JsonElement>> ResultsAsync(ProbesSystem system)
    {
        var (all, cursor) = (new List<JsonElement>(), (string?)null);
        do
        {
            var page = await system.GetAsync($"/api/v1/results?check=shop&limit=1000{(cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}")}");
            all.AddRange(page.GetProperty("items").EnumerateArray());
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);

        return all;
    }

    private static Task UntilAsync(DateTimeOffset moment) =>
        Poll.UntilAsync(() => Task.FromResult(Now() >= moment), TimeSpan.FromMinutes(4), "time passes");

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static DateTimeOffset Minute(DateTimeOffset time) => new(time.Ticks - (time.Ticks % TimeSpan.TicksPerMinute), TimeSpan.Zero);

    private static string At(DateTimeOffset time) => Uri.EscapeDataString(time.ToString("O", CultureInfo.InvariantCulture));

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int id, int signal);
}
