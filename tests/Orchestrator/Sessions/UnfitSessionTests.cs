using System.Net.Http.Json;
using System.Text.Json;
using Probes.Orchestrator.Live;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Sessions;

public sealed class UnfitSessionTests
{
    [Test]
    public async Task What_an_agent_says_is_wrong_with_it_is_shown_told_live_and_bounded_and_its_times_are_by_our_clock()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        var (_, credential) = await orchestrator.EnrolAsync("local", "probe");
        using var agent = await TestAgent.ConnectAsync(orchestrator, credential);
        using var client = orchestrator.Client(orchestrator.AdminKey);
        using var ends = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var live = HearAsync(orchestrator.Get<EventHub>(), ends.Token);

        var since = new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
        var beat = new Wire.Heartbeat { SentAtUs = 2, ClockOffsetUs = 90_000_000 };
        beat.Unfit.Add(new Wire.Unfit { What = "resolver", Detail = new string('x', 5000), SinceUs = since.ToUnixTimeMilliseconds() * 1000 });
        beat.Unfit.Add(Enumerable.Range(0, 100).Select(i => new Wire.Unfit { What = $"\"}} 1\nforged{i}", SinceUs = long.MaxValue }));
        await agent.SendAsync(new Wire.AgentMessage { Heartbeat = beat });

        Assert.That(await live, Is.EqualTo("agents"));
        var unfit = (await client.GetFromJsonAsync<JsonElement>("/api/v1/agents", ends.Token))[0].GetProperty("unfit").EnumerateArray().ToList();
        Assert.That(unfit, Has.Count.EqualTo(10));
        Assert.That((unfit[0].GetProperty("what").GetString(), unfit[0].GetProperty("detail").GetString()!.Length, unfit[0].GetProperty("since").GetDateTimeOffset()),
            Is.EqualTo(("resolver", 300, since.AddSeconds(90))));
        var metrics = await client.GetStringAsync("/metrics", ends.Token);
        Assert.That(metrics, Does.Contain("probes_agent_unfit{agent=\"probe\",location=\"local\",what=\"resolver\"} 1\n"));
        Assert.That(metrics.Split('\n'), Has.None.StartsWith("forged"));

        await agent.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { SentAtUs = 3 } });
        await Poll.UntilAsync(async () => (await client.GetFromJsonAsync<JsonElement>("/api/v1/agents", ends.Token))[0].GetProperty("unfit").GetArrayLength() == 0,
            TimeSpan.FromSeconds(10), "fit again");
    }

    private static async Task<string> HearAsync(EventHub hub, CancellationToken ct)
    {
        await foreach (var live in hub.ListenAsync(ct))
        {
            if (live.Type == "agents")
            {
                return live.Type;
            }
        }

        return "";
    }
}
