using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection.Confirmation;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class ConfirmerTests(string engine) : IAgentRegistry
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly List<int[]> _ran = [];
    private readonly FixedCatalog _catalog = FixedCatalog.Of(TimeSpan.FromSeconds(10), "eu1=eu", "eu2=eu", "us1=us", "asia1=asia");
    private FakeTimeProvider _time = null!;
    private StoreUnderTest _store = null!;
    private Confirmer _confirmer = null!;

    public IReadOnlyList<AgentStatus> Agents() =>
        [.. _catalog.Current.AgentsById.Values.Select(a => new AgentStatus { Id = a.Id, PublicId = a.PublicId, Name = a.Name, Location = a.Location, Region = _catalog.Current.RegionOf(a.Id), Online = true })];

    [SetUp]
    public async Task OpenAsync()
    {
        _ran.Clear();
        _time = new FakeTimeProvider(Noon);
        _catalog.Current = _catalog.Current with { AgentsByPublicId = System.Collections.Immutable.ImmutableDictionary.CreateRange(_catalog.Current.AgentsById.Values.Select(a => KeyValuePair.Create(a.PublicId, a))) };
        _store = await StoreUnderTest.CreateAsync(engine, _time);
        _confirmer = ConfirmerUnderTest.Of(_catalog, this, _store, _time, RunAsync, new ConfirmationOptions { PerMinute = 2 });
    }

    [TearDown]
    public async Task CloseAsync()
    {
        _confirmer.Dispose();
        await _store.DisposeAsync();
    }

    [Test]
    public async Task A_suspicion_is_asked_about_once_and_every_orchestrator_knows_the_answers()
    {
        await _confirmer.StartAsync(default);
        _confirmer.Ask([Suspect("eu")]);
        _confirmer.Ask([Suspect("eu")]);
        await AnsweredAsync("eu");
        Assert.That(_ran, Is.EqualTo(new[] { new[] { 2, 4, 3 } }), "the other of the region first, and never who sees it");

        var other = new ConfirmationBook(_store.Contexts);
        await other.RefreshAsync(Noon, default);
        Assert.That(other.Of(1, "eu").Select(r => (r.Agent, r.Region, r.State, r.Passed, r.Reason, r.Source)), Is.EqualTo(new[]
        {
            ("eu2", "eu", "done", (bool?)false, "connect_refused", "network"), ("asia1", "asia", "done", null, "connect_refused", "agent"), ("us1", "us", "done", true, "", ""),
        }));
        Assert.That(other.Of(1, "eu")[0], Has.Property("Address").EqualTo("192.0.2.7:443").And.Property("DurationMs").EqualTo(12).And.Property("At").EqualTo(Noon));
        Assert.That(other.Of(1, "us"), Is.Empty);
        await other.RefreshAsync(Noon.AddDays(2), default);
        Assert.That(other.Of(1, "eu"), Is.Empty, "what is a day old is forgotten");
    }

    [Test]
    public async Task What_is_committed_after_a_later_number_is_read_all_the_same()
    {
        var book = new ConfirmationBook(_store.Contexts);
        await WriteAsync(7, "us", Noon.AddSeconds(1));
        await book.RefreshAsync(Noon, default);
        await WriteAsync(6, "eu", Noon);
        await WriteAsync(5, "us", Noon);
        await book.RefreshAsync(Noon, default);
        await book.RefreshAsync(Noon, default);
        Assert.That((book.Of(1, "eu").Count, book.Of(1, "us").Select(r => r.At).ToArray()), Is.EqualTo((1, new[] { Noon, Noon.AddSeconds(1) })));
    }

    private async Task WriteAsync(long id, string region, DateTimeOffset at)
    {
        await using var db = _store.Contexts.CreateDbContext();
        var runs = System.Text.Json.JsonSerializer.Serialize(new[] { new ConfirmingRun { AgentId = 1, Agent = "a", Location = "a", Region = region, State = "done", Passed = false, At = at } }, System.Text.Json.JsonSerializerOptions.Web);
        var us = Micros.Of(at);
        await (engine == "postgres"
            ? db.Database.ExecuteSqlAsync($"INSERT INTO confirmations (id, check_id, region, at_us, runs) OVERRIDING SYSTEM VALUE VALUES ({id}, 1, {region}, {us}, {runs})")
            : db.Database.ExecuteSqlAsync($"INSERT INTO confirmations (id, check_id, region, at_us, runs) VALUES ({id}, 1, {region}, {us}, {runs})"));
    }

    [Test]
    public async Task Over_the_rate_nothing_is_asked_and_another_leader_does_not_ask_again()
    {
        await _confirmer.StartAsync(default);
        _confirmer.Ask([Suspect("eu"), Suspect("us"), Suspect("asia")]);
        await AnsweredAsync("eu");
        await AnsweredAsync("us");
        Assert.That(_ran, Has.Count.EqualTo(2), "two a minute");
        using var leader = ConfirmerUnderTest.Of(_catalog, this, _store, _time, RunAsync);
        await leader.Book.RefreshAsync(Noon, default);
        await leader.StartAsync(default);
        leader.Ask([Suspect("eu"), Suspect("asia")]);
        await Poll.UntilAsync(async () =>
        {
            await leader.Book.RefreshAsync(Noon, default);
            return leader.Book.Of(1, "asia").Count > 0;
        }, TimeSpan.FromSeconds(10), "asia is confirmed");
        Assert.That(_ran, Has.Count.EqualTo(3));
    }

    [Test]
    public void When_much_fails_at_once_nobody_looks_for_agents_that_cannot_be_asked_now()
    {
        var agents = new CountedAgents(Agents());
        using var confirmer = ConfirmerUnderTest.Of(_catalog, agents, _store, _time, RunAsync, new ConfirmationOptions { AtOnce = 2 });
        confirmer.Ask([.. Enumerable.Range(0, 100).Select(i => Suspect($"region-{i}"))]);
        Assert.That(agents.Looks, Is.EqualTo(2));
    }

    [Test]
    public async Task Only_locations_that_the_check_names_are_asked_and_nobody_when_it_is_switched_off()
    {
        var check = _catalog.Current.Checks["shop"];
        var narrow = check with { Check = check.Check with { Locations = ["eu1", "us1"] } };
        using var off = ConfirmerUnderTest.Of(_catalog, this, _store, _time, RunAsync, new ConfirmationOptions { Agents = 0 });
        await off.StartAsync(default);
        off.Ask([Suspect("eu")]);
        await _confirmer.StartAsync(default);
        _confirmer.Ask([Suspect("eu") with { Check = narrow }]);
        await AnsweredAsync("eu");
        Assert.That(_ran, Is.EqualTo(new[] { new[] { 1, 3 } }), "the one that saw it, for the other of its region may not");
    }

    [Test]
    public async Task When_too_many_runs_are_under_way_it_comes_to_nothing()
    {
        using var busy = ConfirmerUnderTest.Of(_catalog, this, _store, _time);
        Assert.That(await busy.ConfirmAsync(Suspect("eu"), [2], default), Is.False);
        await busy.Book.RefreshAsync(Noon, default);
        Assert.That(busy.Book.Of(1, "eu"), Is.Empty);
    }

    private Suspicion Suspect(string region) => new(_catalog.Current.Checks["shop"], region, Doubt.Suspected, Noon, [region == "eu" ? 1 : region == "us" ? 3 : 4]);

    private async Task AnsweredAsync(string region) => await Poll.UntilAsync(async () =>
    {
        await _confirmer.Book.RefreshAsync(Noon, default);
        return _confirmer.Book.Of(1, region).Count > 0;
    }, TimeSpan.FromSeconds(10), $"{region} is confirmed");

    private Task<IReadOnlyList<OnDemandRun>?> RunAsync(CatalogCheck check, IReadOnlyList<int> agents, TimeSpan timeout, CancellationToken ct)
    {
        lock (_ran)
        {
            _ran.Add([.. agents]);
        }

        return Task.FromResult<IReadOnlyList<OnDemandRun>?>([.. agents.Select(id =>
        {
            var agent = _catalog.Current.AgentsById[id];
            var result = ConfirmerUnderTest.Result(Noon, passed: id == 3, id == 4 ? FailureSource.Agent : FailureSource.Network);
            return new OnDemandRun(agent.Location, agent.PublicId, agent.Name, OnDemandState.Done, "", result);
        })]);
    }

    /// <summary>Counts how often all of them are looked at.</summary>
    private sealed class CountedAgents(IReadOnlyList<AgentStatus> all) : IAgentRegistry, IReadOnlyList<AgentStatus>
    {
        public int Looks { get; private set; }

        public int Count => all.Count;

        public AgentStatus this[int index] => all[index];

        public IReadOnlyList<AgentStatus> Agents() => this;

        public IEnumerator<AgentStatus> GetEnumerator()
        {
            Looks++;
            return all.GetEnumerator();
        }

        System.Collections.IEnumerator System.Collections.IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
