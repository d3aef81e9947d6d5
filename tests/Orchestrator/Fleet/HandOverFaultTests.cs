using Probes.Contracts.Checks;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Sessions;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Fleet;

/// <summary>Real agents as processes, and a target that counts each run of each due time.</summary>
[NonParallelizable]
public sealed class HandOverFaultTests
{
    // With so many, that one of three agents gets none by chance happens once in five thousand times.
    private const int Checks = 24;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private RunningOrchestrator _orchestrator = null!;
    private HitLog _target = null!;
    private readonly Dictionary<string, ProductProcess> _agents = [];
    private List<Check> _checks = null!;
    private string _folder = "";
    private DateTimeOffset _sharedAt;

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("probes-fleet-").FullName;
        _target = await HitLog.StartAsync();
        _orchestrator = await RunningOrchestrator.StartAsync(("Detection:Confirmation:Agents", "0"));
        _checks = [.. Enumerable.Range(0, Checks).Select(i => _target.Check($"check-{i}", Interval, "local"))];
        await _orchestrator.ApplyAsync([.. _checks]);
        foreach (var name in new[] { "one", "two", "three" })
        {
            await StartAsync(name, first: true);
        }

        await UntilAsync(() => Running() is { Count: 3 } running && running.All(r => r > 0) && running.Sum() == Checks, 60, "three agents share the checks");
        _sharedAt = TimeProvider.System.GetUtcNow();
        await PauseAsync(4);
    }

    [TearDown]
    public async Task TearDown()
    {
        foreach (var agent in _agents.Values)
        {
            agent.Dispose();
        }

        await _orchestrator.DisposeAsync();
        await _target.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task When_an_agent_is_killed_its_checks_move_within_10_s_and_come_back_without_a_gap_and_nothing_runs_twice()
    {
        var killedAt = TimeProvider.System.GetUtcNow();
        _agents["one"].Kill();
        await UntilAsync(() => Status("one") is { Online: false } && Running("two") + Running("three") == Checks, 30, "the others have its checks");
        await PauseAsync(6);
        var backAt = TimeProvider.System.GetUtcNow();
        await StartAsync("one", first: false);
        await UntilAsync(() => Running("one") is > 0 and < Checks, 30, "it has its checks again");
        await PauseAsync(6);

        foreach (var check in _checks)
        {
            // While they come, a busy machine may miss a run; that is not what is looked at here.
            var runs = _target.Runs(check, "local").Where(r => r.Due > _sharedAt).ToList();
            Assert.That(runs.Where(r => r.Runs > 1), Is.Empty, $"{check.Name} ran twice for one due time");
            var lost = runs.Where(r => r.Runs == 0).Select(r => (r.Due - killedAt).TotalSeconds).ToList();
            Assert.That(lost, Is.All.InRange(-1.0, 10.0), $"{check.Name} has a gap beyond 10 s after the kill; back at {(backAt - killedAt).TotalSeconds:0.0}");
        }
    }

    [Test]
    [CancelAfter(180_000)]
    public async Task A_drain_and_the_return_lose_no_run_and_repeat_none()
    {
        await _orchestrator.ChangeAsync("one", new AgentChange(Drained: true));
        await UntilAsync(() => Running("one") == 0, 20, "it has no checks");
        Assert.That(Status("one"), Is.Not.Null.And.Property(nameof(AgentStatus.Online)).True.And.Property(nameof(AgentStatus.Drained)).True);
        await PauseAsync(6);
        await _orchestrator.ChangeAsync("one", new AgentChange(Drained: false));
        await UntilAsync(() => Running("one") > 0, 20, "it has checks again");
        await PauseAsync(6);
        foreach (var check in _checks)
        {
            Assert.That(_target.Runs(check, "local").Where(r => r.Due > _sharedAt && r.Runs != 1), Is.Empty, check.Name);
        }
    }

    private async Task StartAsync(string name, bool first)
    {
        var arguments = new List<string> { "run", "--orchestrator", _orchestrator.Grpc.ToString(), "--name", name, "--data", Path.Combine(_folder, name), "--allow-cidr", "127.0.0.0/8" };
        if (first)
        {
            var (_, token) = await _orchestrator.Get<TokenService>().CreateAsync("local", 1, null, CancellationToken.None);
            arguments.AddRange(["--token", token]);
        }

        _agents[name] = ProductProcess.Start("agent", _folder, arguments);
    }

    private async Task UntilAsync(Func<bool> holds, int seconds, string what)
    {
        try
        {
            await Poll.UntilAsync(() => Task.FromResult(holds()), TimeSpan.FromSeconds(seconds), what);
        }
        catch (AssertionException late)
        {
            var states = _orchestrator.Get<IAgentRegistry>().Agents().Select(a => a.ToString()).Concat(_agents.Select(a => $"{a.Key}: {a.Value.Output}"));
            throw new AssertionException($"{late.Message}\n{string.Join('\n', states)}", late);
        }
    }

    private AgentStatus? Status(string name) => _orchestrator.Get<IAgentRegistry>().Agents().FirstOrDefault(a => a.Name == name);

    private int Running(string name) => Status(name)?.RunningChecks ?? 0;

    private List<int> Running() => [.. _orchestrator.Get<IAgentRegistry>().Agents().Select(a => a.RunningChecks)];

    private static Task PauseAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
}
