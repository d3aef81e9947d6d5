using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Sessions;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Fleet;

/// <summary>Two orchestrators on one database, real agents as processes at each of them, and a target that counts each run of each due time.</summary>
[NonParallelizable]
public sealed class TwoReplicasTests
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly List<ProductProcess> _agents = [];
    private RunningOrchestrator _a = null!;
    private RunningOrchestrator _b = null!;
    private HitLog _target = null!;
    private List<Check> _checks = null!;
    private string _database = "";
    private string _folder = "";

    [SetUp]
    public async Task SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("probes-replicas-").FullName;
        _database = await PostgresFixture.NewDatabaseAsync();
        _target = await HitLog.StartAsync();

        // The catalog is not looked at on its own: what one changes the other must be told.
        (string, string)[] settings =
        [
            ("Store:ConnectionString", _database), ("Keys:Master", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))), ("Catalog:RefreshSeconds", "300"),
            // Runs on demand are stored nowhere: the target must see none.
            ("Detection:Confirmation:Agents", "0"),
        ];
        _a = await RunningOrchestrator.StartAsync(settings);
        _b = await RunningOrchestrator.StartAsync(settings);
        _checks = [.. Enumerable.Range(0, 12).Select(i => _target.Check($"check-{i}", Interval, "local"))];
        await _a.ApplyAsync([.. _checks]);
        await StartAsync(_a, "one");
        await StartAsync(_a, "two");
        await StartAsync(_b, "three");
        await Poll.UntilAsync(() => Task.FromResult(Running(_a, "one") > 0 && Running(_a, "two") > 0 && Running(_b, "three") > 0 && All() == 12),
            TimeSpan.FromSeconds(90), "three agents at two orchestrators share twelve checks");
        await PauseAsync(4);
    }

    [TearDown]
    public async Task TearDown()
    {
        _agents.ForEach(a => a.Dispose());
        _agents.Clear();
        await _a.DisposeAsync();
        await _b.DisposeAsync();
        await _target.DisposeAsync();
        await PostgresFixture.DropAsync(_database);
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task A_move_between_agents_of_two_orchestrators_loses_no_run_and_repeats_none()
    {
        var from = TimeProvider.System.GetUtcNow();
        await _b.ChangeAsync("one", new AgentChange(Drained: true));
        await Poll.UntilAsync(() => Task.FromResult(Running(_a, "one") == 0 && All() == 12), TimeSpan.FromSeconds(30), "the others have its checks");
        await PauseAsync(3);
        await _b.ChangeAsync("one", new AgentChange(Drained: false));
        await Poll.UntilAsync(() => Task.FromResult(Running(_a, "one") > 0 && All() == 12), TimeSpan.FromSeconds(30), "it has checks again");
        await PauseAsync(3);
        await StartAsync(_b, "four");
        await Poll.UntilAsync(() => Task.FromResult(Running(_b, "four") > 0 && All() == 12), TimeSpan.FromSeconds(60), "one more joins at the other");
        await PauseAsync(4);
        foreach (var check in _checks)
        {
            Assert.That(_target.Runs(check, "local").Where(r => r.Due > from && r.Runs != 1), Is.Empty, check.Name);
        }
    }

    [Test]
    [CancelAfter(240_000)]
    public async Task Whoever_is_disabled_at_one_orchestrator_is_cut_off_at_the_other_and_runs_on_demand_reach_agents_of_both()
    {
        using var api = _b.Client(_a.AdminKey);
        var runs = await RunAsync(api);
        Assert.That(runs.GetProperty("state").GetString(), Is.EqualTo("done"), runs.ToString());
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await _a.ChangeAsync("three", new AgentChange(Disabled: true));
        await Poll.UntilAsync(() => Task.FromResult(_b.Get<SessionHub>().Slots.All(s => s.Session is null)), TimeSpan.FromSeconds(10), "its session has ended at the other");
        TestContext.Out.WriteLine($"disabled at one, cut off at the other after {clock.ElapsedMilliseconds} ms");
        runs = await RunAsync(api);
        Assert.That(runs.GetProperty("agent").GetString(), Is.AnyOf("one", "two"));
        Assert.That(runs.GetProperty("state").GetString(), Is.EqualTo("done"), runs.ToString());
        Assert.That(runs.GetProperty("result").GetProperty("status").GetString(), Is.EqualTo("passed"));
    }

    private static async Task<JsonElement> RunAsync(HttpClient api)
    {
        using var reply = await api.PostAsJsonAsync("/api/v1/checks/check-0/runs", new { timeout = "30s" });
        return (await reply.EnsureSuccessStatusCode().Content.ReadFromJsonAsync<JsonElement>()).GetProperty("runs")[0];
    }

    private async Task StartAsync(RunningOrchestrator at, string name)
    {
        var (_, token) = await _a.Get<TokenService>().CreateAsync("local", 1, null, CancellationToken.None);
        _agents.Add(ProductProcess.Start("agent", _folder,
            ["run", "--orchestrator", at.Grpc.ToString(), "--name", name, "--data", Path.Combine(_folder, name), "--allow-cidr", "127.0.0.0/8", "--token", token]));
    }

    private static int Running(RunningOrchestrator at, string name) => at.Get<IAgentRegistry>().Agents().FirstOrDefault(a => a.Name == name)?.RunningChecks ?? 0;

    // Each orchestrator knows what its own agents run.
    private int All() => new[] { _a, _b }.Sum(o => o.Get<IAgentRegistry>().Agents().Sum(a => a.RunningChecks));

    private static Task PauseAsync(double seconds) => Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System);
}
