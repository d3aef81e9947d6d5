using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Faults.Parts;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>Two orchestrators as processes on one database and one broker, agents behind one address; then the one that leads is killed, or hangs.</summary>
[NonParallelizable]
public sealed class TakeoverTests
{
    private static readonly TimeSpan Within = TimeSpan.FromSeconds(15);

    private readonly ConcurrentQueue<string> _heard = new();
    private ProbesSystem _one = null!;
    private ProbesSystem _two = null!;
    private HitLog _target = null!;
    private Link _address = null!;
    private List<Check> _checks = null!;
    private string _database = "";

    [SetUp]
    public async Task SetUp()
    {
        _heard.Clear();
        _target = await HitLog.StartAsync();
        _database = await PostgresFixture.NewDatabaseAsync();
        var settings = new Dictionary<string, string>
        {
            ["PROBES__STORE__CONNECTIONSTRING"] = _database,
            ["PROBES__BUS__CONNECTIONSTRING"] = (await RabbitMqFixture.CleanAsync()).ToString(),
            ["PROBES__KEYS__MASTER"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        };
        _one = await ProbesSystem.StartAsync(settings);
        _two = await ProbesSystem.StartAsync(settings);
        _address = new Link(IPAddress.Loopback, _one.GrpcPort, _two.GrpcPort);
        _one.AgentsGoTo = $"http://127.0.0.1:{_address.Port}";
        _checks = [.. Enumerable.Range(0, 6).Select(i => _target.Check($"check-{i}", TimeSpan.FromSeconds(1), "local"))];
        var (exit, output) = await _one.ApplyAsync(string.Join("\n---\n", _checks.Select(c => Http(c.Name))
            .Append($"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: broken}}\nspec: {{interval: 1s, timeout: 500ms, locations: [local], tcp: {{host: 127.0.0.1, port: {FreePort.Next()}}}}}")));
        Assert.That(exit, Is.Zero, output);
        foreach (var name in new[] { "one", "two", "three" })
        {
            await _one.StartAgentAsync("local", name);
        }
    }

    [TearDown]
    public async Task TearDown()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
        _address.Dispose();
        await _target.DisposeAsync();
        await PostgresFixture.DropAsync(_database);
    }

    [TestCase("KILL")]
    [TestCase("STOP")]
    [CancelAfter(400_000)]
    public async Task When_the_leader_dies_or_hangs_another_leads_within_15_s_agents_and_pages_go_on_and_no_incident_is_raised_twice(string signal)
    {
        try
        {
            await Poll.UntilAsync(async () => (await IncidentsAsync(_one)).Count == 1 && (await IncidentsAsync(_two)).Count == 1 && await OnlineAsync(_one) == 3 && await OnlineAsync(_two) == 3,
                TimeSpan.FromSeconds(150), "both show the incident and all agents", TimeSpan.FromSeconds(1));
            var (leader, other) = await LeadsAsync(_one) ? (_one, _two) : (_two, _one);
            using var stream = await other.Api.GetStreamAsync("/api/v1/events");
            var listening = ListenAsync(stream);
            await ApplyAsync(leader, "early");
            await Poll.UntilAsync(() => Task.FromResult(_heard.Contains("event: catalog")), TimeSpan.FromSeconds(30), "what one changes pages of the other hear of");
            var from = TimeProvider.System.GetUtcNow();

            ProcessTree.Signal(signal, leader.Orchestrator.Id);
            var clock = Stopwatch.StartNew();
            await Poll.UntilAsync(() => LeadsAsync(other), TimeSpan.FromSeconds(40), "the other leads");
            TestContext.Out.WriteLine($"{signal}: taken over after {clock.Elapsed.TotalSeconds:0.0} s");
            Assert.That(clock.Elapsed, Is.LessThan(Within));
            await Poll.UntilAsync(async () => (await other.Api.GetStringAsync("/settings")).Contains("<td>leads</td>", StringComparison.Ordinal), TimeSpan.FromSeconds(10), "the page says who leads");

            // Of one that hangs an agent knows after 20 s of silence, and may come to it once more.
            await Poll.UntilAsync(async () => await CountHereAsync(other) == 3, TimeSpan.FromSeconds(120), "its agents have come to the other");
            TestContext.Out.WriteLine($"{signal}: all agents there after {clock.Elapsed.TotalSeconds:0.0} s");
            _heard.Clear();
            await ApplyAsync(other, "late");
            await Poll.UntilAsync(() => Task.FromResult(_target.Count("late") > 0), TimeSpan.FromSeconds(30), "a new check runs");
            await Poll.UntilAsync(() => Task.FromResult(_heard.Contains("event: rollup")), TimeSpan.FromSeconds(60), "pages are live");

            if (signal == "STOP")
            {
                ProcessTree.Signal("CONT", leader.Orchestrator.Id);
                await Poll.UntilAsync(async () => !await LeadsAsync(leader), TimeSpan.FromSeconds(30), "who woke up follows");
                await Poll.UntilAsync(async () => await OnlineAsync(leader) == 3 && await ReachedAsync(leader, [.. _checks.Select(c => c.Name), "early", "late"]), TimeSpan.FromSeconds(60), "who woke up knows where the agents are");
                Assert.That(await LeadsAsync(other), Is.True);
                Assert.That(await IncidentsAsync(leader), Is.EqualTo(await IncidentsAsync(other)));
            }

            Assert.That(await IncidentsAsync(other), Has.Count.EqualTo(1));
            foreach (var check in _checks)
            {
                Assert.That(_target.Runs(check, "local").Where(r => r.Due > from && r.Runs != 1), Is.Empty, $"{check.Name}: every due time once");
            }

            stream.Close();
            await listening;
        }
        catch (Exception e)
        {
            throw new AssertionException($"{e.Message}\n{_one.Outputs()}\n--- the other orchestrator\n{_two.Orchestrator.Output}", e);
        }
    }

    private string Http(string name) =>
        $"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: {name}}}\nspec: {{interval: 1s, timeout: 500ms, locations: [local], http: {{url: \"{_target.Address}{name}\"}}}}";

    private async Task ApplyAsync(ProbesSystem at, string name)
    {
        var (exit, output) = await at.ApplyAsync(Http(name));
        Assert.That(exit, Is.Zero, output);
    }

    private async Task ListenAsync(Stream stream)
    {
        try
        {
            using var reader = new StreamReader(stream);
            while (await reader.ReadLineAsync() is { } line)
            {
                _heard.Enqueue(line);
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or HttpRequestException)
        {
            // Closed.
        }
    }

    private static async Task<bool> LeadsAsync(ProbesSystem at) =>
        (await at.GetAsync("/api/v1/replicas")).EnumerateArray().Any(r => r.GetProperty("self").GetBoolean() && r.GetProperty("leads").GetBoolean());

    private static async Task<int> OnlineAsync(ProbesSystem at) => (await at.GetAsync("/api/v1/agents")).EnumerateArray().Count(a => a.GetProperty("online").GetBoolean());

    /// <summary>Only where it is connected it is known what an agent runs.</summary>
    private static async Task<int> CountHereAsync(ProbesSystem at) => (await at.GetAsync("/api/v1/agents")).EnumerateArray().Count(a => a.GetProperty("transport").GetString() == "amqp");

    private static async Task<bool> ReachedAsync(ProbesSystem at, IEnumerable<string> checks)
    {
        foreach (var check in checks)
        {
            var delivery = (await at.GetAsync($"/api/v1/checks/{check}")).GetProperty("delivery");
            if (delivery.GetProperty("applied").GetInt32() + delivery.GetProperty("elsewhere").GetInt32() != 1)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>All there ever were, by their numbers.</summary>
    private static async Task<List<string>> IncidentsAsync(ProbesSystem at) =>
        [.. (await at.GetAsync("/api/v1/incidents")).EnumerateArray().Select((JsonElement i) => i.GetProperty("id").ToString())];
}
