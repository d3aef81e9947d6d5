using Grpc.Core;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Sessions;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Sessions;

/// <summary>Who comes in, at what pace, and what is too much.</summary>
public sealed class AdmissionTests
{
    [Test]
    public async Task Agents_over_the_pace_are_told_when_to_come_again_and_then_let_in()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync(("Sessions:AdmittedPerSecond", "1"));
        var (_, one) = await orchestrator.EnrolAsync("local");
        var (_, two) = await orchestrator.EnrolAsync("local");
        using var first = await TestAgent.ConnectAsync(orchestrator, one);
        var refused = Assert.ThrowsAsync<RpcException>(async () => await TestAgent.ConnectAsync(orchestrator, two));
        Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.ResourceExhausted));
        Assert.That(int.Parse(refused.Trailers.GetValue(Headers.RetryAfterMs)!), Is.InRange(1000, 60_000));
        using var second = await Poll.UntilAsync(async () => await TryAsync(orchestrator, two), TimeSpan.FromSeconds(10), "it is let in");
        Assert.That(second.Welcome, Is.Not.Null);
    }

    [Test]
    public async Task Strangers_take_no_place_of_those_who_wait()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync(("Sessions:AdmittedPerSecond", "5"), ("Sessions:GreetedAtOnce", "1"));
        var (_, credential) = await orchestrator.EnrolAsync("local");
        for (var i = 0; i < 20; i++)
        {
            var refused = Assert.ThrowsAsync<RpcException>(async () => await TestAgent.ConnectAsync(orchestrator, "pra_made_up"));
            Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        }

        using var agent = await TestAgent.ConnectAsync(orchestrator, credential);
        Assert.That(agent.Welcome, Is.Not.Null);
    }

    [Test]
    public async Task A_hello_larger_than_any_agents_is_refused()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        var (id, credential) = await orchestrator.EnrolAsync("local");
        Wire.Hello[] bad =
        [
            new() { InstanceId = new string('x', 10_000) },
            new() { InstanceId = "i", Version = new string('v', 10_000) },
            new() { InstanceId = "i", Kinds = { Enumerable.Range(0, 1000).Select(k => $"kind-{k}") } },
            new() { InstanceId = "i", Capacity = double.NaN },
        ];
        foreach (var hello in bad)
        {
            var refused = Assert.ThrowsAsync<RpcException>(async () => await TestAgent.ConnectAsync(orchestrator, credential, hello: hello));
            Assert.That(refused!.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        }

        var huge = new Wire.Hello { InstanceId = new string('x', 2_000_000) };
        Assert.That(async () => await TestAgent.ConnectAsync(orchestrator, credential, hello: huge), Throws.InstanceOf<RpcException>().Or.InstanceOf<IOException>());
        Assert.That(orchestrator.Get<IAgentRegistry>().Agents().Single(a => a.PublicId == id).Online, Is.False);
    }

    [Test]
    public async Task A_heartbeat_larger_than_any_agents_and_a_flood_of_them_end_the_session()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        var (_, credential) = await orchestrator.EnrolAsync("local");
        using (var agent = await TestAgent.ConnectAsync(orchestrator, credential))
        {
            await agent.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { LastError = new string('x', 100_000) } });
            Assert.That((await EndAsync(agent)).StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        }

        using var flooding = await Poll.UntilAsync(async () => await TryAsync(orchestrator, credential), TimeSpan.FromSeconds(10), "it is back");
        try
        {
            for (var i = 0; i < 1000; i++)
            {
                await flooding.SendAsync(new Wire.AgentMessage { Heartbeat = new Wire.Heartbeat { SentAtUs = 2 } });
            }
        }
        catch (Exception cut) when (cut is IOException or RpcException)
        {
            // The stream was ended meanwhile; reading tells why.
        }

        // When it was still sending, its own side says no more than that the stream is gone.
        Assert.That((await EndAsync(flooding)).StatusCode, Is.EqualTo(StatusCode.ResourceExhausted).Or.EqualTo(StatusCode.Cancelled));
    }

    private static async Task<TestAgent?> TryAsync(RunningOrchestrator orchestrator, string credential)
    {
        try
        {
            return await TestAgent.ConnectAsync(orchestrator, credential);
        }
        catch (RpcException)
        {
            return null;
        }
    }

    private static async Task<RpcException> EndAsync(TestAgent agent)
    {
        try
        {
            while (true)
            {
                await agent.NextAsync();
            }
        }
        catch (RpcException end)
        {
            return end;
        }
    }
}
