using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Detection.Confirmation;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection;

/// <summary>The worker over made-up rollups and a real database of incidents.</summary>
public sealed class DetectionWorkerTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly FixedCatalog _catalog = FixedCatalog.Of(TimeSpan.FromSeconds(2), "use1=us-east", "eu1=eu-west");
    private readonly EventHub _events = new();
    private Registry _agents = null!;
    private Confirmer _confirmer = null!;
    private FakeTimeProvider _time = null!;
    private StoreUnderTest _database = null!;
    private RollupsInMemory _store = null!;
    private (DetectionWorker Worker, Verdicts Verdicts, IncidentReader Incidents) _orchestrator;

    [SetUp]
    public async Task SetUp()
    {
        _time = new FakeTimeProvider(Noon);
        _catalog.Current = FixedCatalog.Of(TimeSpan.FromSeconds(2), "use1=us-east", "eu1=eu-west").Current;
        _database = await StoreUnderTest.CreateAsync("sqlite", _time);
        _store = new RollupsInMemory();
        _agents = new Registry();
        _confirmer = ConfirmerUnderTest.Of(_catalog, _agents, _database, _time);
        _orchestrator = Start();
    }

    [TearDown]
    public async Task TearDown()
    {
        _orchestrator.Worker.Dispose();
        _confirmer.Dispose();
        await _database.DisposeAsync();
    }

    [Test]
    public async Task An_incident_opens_once_for_the_slow_region_only_and_closes_when_it_is_over()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        await PassAsync(minutes: 4, eastMs: 140);
        var open = (await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None)).Single();
        var impact = open.Impacts.Single();
        Assert.That((impact.Check, impact.Region, impact.Level, open.Level), Is.EqualTo(("shop", "us-east", Level.Degraded, Level.Degraded)));
        Assert.That((open.Cause.Culprit, open.Cause.Region), Is.EqualTo((Culprit.Route, "us-east")));
        Assert.That(open.StartedAt, Is.EqualTo(Noon.AddMinutes(15)));
        Assert.That(impact.Summary, Does.StartWith("us-east is degraded: "));
        Assert.That(_orchestrator.Verdicts.Of("shop", "eu-west").Level, Is.EqualTo(Level.Healthy));

        await PassAsync(minutes: 3, eastMs: 40);
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None), Is.Empty);
        var closed = (await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: false, Check: "shop"), None)).Single();
        Assert.That(closed.EndedAt, Is.GreaterThan(Noon.AddMinutes(19)));
    }

    [Test]
    public async Task A_restart_in_the_middle_of_a_long_incident_neither_opens_it_twice_nor_takes_it_for_normal()
    {
        await PassAsync(minutes: 30, eastMs: 40);
        await PassAsync(minutes: 150, eastMs: 140);
        var before = (await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None)).Single();

        _orchestrator.Worker.Dispose();
        _orchestrator = Start();
        await PassAsync(minutes: 2, eastMs: 140);
        var after = (await _orchestrator.Incidents.ListAsync(new IncidentQuery(), None)).Single();
        Assert.That((after.Id, after.StartedAt, after.EndedAt), Is.EqualTo((before.Id, before.StartedAt, (DateTimeOffset?)null)));
        Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Since, Is.EqualTo(before.StartedAt));

        await PassAsync(minutes: 3, eastMs: 40);
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None), Is.Empty);
    }

    [Test]
    public async Task A_restart_does_not_end_an_incident_of_which_only_a_part_of_the_runs_tells()
    {
        await PassAsync(minutes: 20, eastMs: 40);
        await PassAsync(minutes: 5, eastMs: 40, slow: 5);
        var before = (await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None)).Single();
        Assert.That(before.Impacts.Single().Evidence.TailMs, Is.Not.Null);

        _orchestrator.Worker.Dispose();
        _orchestrator = Start();
        await PassAsync(minutes: 4, eastMs: 40, slow: 5);
        var story = await _orchestrator.Incidents.FindAsync(before.Id, None);
        Assert.That(story!.Timeline.Select(e => e.Kind), Has.None.EqualTo("ended"));
        await PassAsync(minutes: 10, eastMs: 40);
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None), Is.Empty);
    }

    [Test]
    public async Task A_region_whose_agents_are_unfit_becomes_unknown_and_says_why_and_never_down_or_healthy()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Level, Is.EqualTo(Level.Healthy));
        _agents.All[0] = _agents.All[0] with { Unfit = [new AgentUnfit("resolver", "no answer", Noon)] };
        for (var minute = 15; minute < 25; minute++)
        {
            for (var second = 0; second < 60; second += 5)
            {
                _time.SetUtcNow(Noon.AddMinutes(minute).AddSeconds(second));
                _store.Add(1, 1, _time.GetUtcNow(), new StoredRun(RunStatus.TimedOut, FailureSource.Agent, 5_000_000, -1, -1, -1, -1, -1, -1));
                _store.Add(1, 2, _time.GetUtcNow(), Run(36), Run(36));
                await _orchestrator.Worker.JudgeOnceAsync(None);
                Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Level, Is.EqualTo(Level.Healthy).Or.EqualTo(Level.Unknown));
            }
        }

        var east = _orchestrator.Verdicts.Of("shop", "us-east");
        Assert.That(east.Level, Is.EqualTo(Level.Unknown));
        Assert.That(east.Sentence, Is.EqualTo("us-east is unknown: 1 of 1 agent unfit: resolver; all of its runs were missed, or failed by the agents' own fault."));
        Assert.That(_orchestrator.Verdicts.Of("shop", "eu-west").Level, Is.EqualTo(Level.Healthy));
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(), None), Is.Empty);
    }

    [Test]
    public async Task A_stale_build_that_measures_differently_flips_no_verdict_and_is_named()
    {
        _catalog.Current = FixedCatalog.Of(TimeSpan.FromSeconds(2), "use1=us-east", "eu1=eu-west", "use2=us-east", "use3=us-east").Current;
        await using (var db = _database.Contexts.CreateDbContext())
        {
            await EngineBook.NoteAsync(db, "2", [(1, Noon), (2, Noon), (4, Noon)], None);
            await EngineBook.NoteAsync(db, "1", [(3, Noon)], None);
        }

        for (var i = 0; i < 40; i++)
        {
            _store.Add(1, 4, _time.GetUtcNow(), [.. Enumerable.Range(0, 30).Select(n => Run(40 + n % 5))]);
            _store.Add(1, 3, _time.GetUtcNow(), [.. Enumerable.Range(0, 30).Select(n => Run(i < 20 ? 40 : 900))]);
            await PassAsync(minutes: 1, eastMs: 40);
            Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Level, Is.EqualTo(Level.Healthy).Or.EqualTo(Level.Unknown));
        }

        var east = _orchestrator.Verdicts.Of("shop", "us-east");
        Assert.That((east.Level, east.Evidence.Agents, east.Evidence.Engine), Is.EqualTo((Level.Healthy, 2, "2")));
        Assert.That(east.Evidence.LeftOut, Is.EqualTo(new[] { "use2 (engine 1)" }));
        Assert.That(east.Sentence, Does.EndWith("; measured by engine 2, left out: use2 (engine 1)."));
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(), None), Is.Empty);
    }

    [Test]
    public async Task A_region_that_falls_silent_becomes_unknown_and_says_that_nobody_is_there()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        _agents.All[0] = _agents.All[0] with { Online = false, LastSeenAt = Noon.AddMinutes(15) };
        _time.SetUtcNow(Noon.AddMinutes(16).AddSeconds(30));
        await _orchestrator.Worker.JudgeOnceAsync(None);
        Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Sentence,
            Does.StartWith("us-east is unknown: no agent is online, the last was heard of at 2026-01-31 12:15:00 UTC; no results for ").And.EndWith("silence is not health."));
    }

    [Test]
    public async Task When_the_judge_itself_falls_silent_nothing_stays_healthy()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        _time.Advance(TimeSpan.FromMinutes(2));
        var stale = _orchestrator.Verdicts.Of("shop", "us-east");
        Assert.That((stale.Level, stale.Sentence), Is.EqualTo((Level.Unknown, stale.Sentence)));
        Assert.That(stale.Sentence, Does.StartWith("us-east is unknown: nothing was judged since 2026-01-31 12:"));
        Assert.That(_orchestrator.Verdicts.All().Select(v => v.Level), Is.All.EqualTo(Level.Unknown));
    }

    [Test]
    public async Task While_the_catalog_has_not_been_read_no_incident_ends()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        await PassAsync(minutes: 4, eastMs: 140);
        var defined = _catalog.Current;
        _orchestrator.Worker.Dispose();
        _orchestrator = Start();
        _catalog.Current = CatalogSnapshot.Empty;
        await _orchestrator.Worker.JudgeOnceAsync(None);
        _catalog.Current = defined;
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task Of_two_orchestrators_both_judge_and_one_writes()
    {
        _store.Leads = false;
        await PassAsync(minutes: 15, eastMs: 40);
        await PassAsync(minutes: 4, eastMs: 140);
        Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Level, Is.EqualTo(Level.Degraded));
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(), None), Is.Empty);
        _store.Leads = true;
        await PassAsync(minutes: 1, eastMs: 140);
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task No_incident_opens_in_maintenance_and_one_does_right_after_when_it_still_fails()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        Maintain("us-east", 15, 25);
        await PassAsync(minutes: 10, eastMs: 140);
        var during = _orchestrator.Verdicts.Of("shop", "us-east");
        Assert.That((during.Level, during.Maintenance), Is.EqualTo((Level.Degraded, "upgrade")));
        Assert.That(_orchestrator.Verdicts.Of("shop", "eu-west").Maintenance, Is.Null);
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(), None), Is.Empty);

        await PassAsync(minutes: 2, eastMs: 140);
        var open = (await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None)).Single();
        Assert.That((open.Impacts.Single().Region, open.StartedAt), Is.EqualTo(("us-east", Noon.AddMinutes(25))), "what maintenance did is not its beginning");
        Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Maintenance, Is.Null);
    }

    [Test]
    public async Task What_failed_in_maintenance_opens_nothing_when_it_is_over_and_all_is_well_also_after_a_restart()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        Maintain("us-east", 15, 25);
        await PassAsync(minutes: 10, eastMs: 140);
        _orchestrator.Worker.Dispose();
        _orchestrator = Start();
        await PassAsync(minutes: 3, eastMs: 40);
        Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Level, Is.EqualTo(Level.Healthy));
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(), None), Is.Empty);
    }

    [Test]
    public async Task Minutes_in_maintenance_are_no_baseline()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        Maintain("us-east", 15, 45);
        await PassAsync(minutes: 30, eastMs: 140);
        await PassAsync(minutes: 3, eastMs: 40);
        var evidence = _orchestrator.Verdicts.Of("shop", "us-east").Evidence;
        Assert.That(evidence.BaselineMedianMs, Is.EqualTo(47).Within(3), "the half hour at 140 ms is not normal");
    }

    [Test]
    public async Task An_incident_that_was_open_before_stays_open_and_is_not_told_of_again()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        await PassAsync(minutes: 4, eastMs: 140);
        var open = (await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None)).Single();
        Maintain("us-east", 19, 30);
        await PassAsync(minutes: 13, eastMs: 140);
        Assert.That((await _orchestrator.Incidents.ListAsync(new IncidentQuery(), None)).Single().Id, Is.EqualTo(open.Id));
        await PassAsync(minutes: 3, eastMs: 40);
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(Open: true), None), Is.Empty);
    }

    [Test]
    public async Task What_arrives_long_after_it_was_due_opens_no_incident()
    {
        await PassAsync(minutes: 15, eastMs: 40);
        for (var minute = 3; minute < 11; minute++)
        {
            _store.Add(1, 1, Noon.AddMinutes(minute), [.. Enumerable.Range(0, 30).Select(_ => new StoredRun(RunStatus.Failed, FailureSource.Target, 5_000, -1, -1, -1, -1, -1, -1))]);
        }

        await PassAsync(minutes: 5, eastMs: 40);
        Assert.That(_orchestrator.Verdicts.Of("shop", "us-east").Level, Is.EqualTo(Level.Healthy));
        Assert.That(await _orchestrator.Incidents.ListAsync(new IncidentQuery(), None), Is.Empty);
    }

    [TestCase(1000, 5)]
    [TestCase(10_000, 5)]
    [TestCase(1000, 300)]
    public void Hours_of_all_checks_are_read_within_half_an_hour(int checks, int everySeconds) =>
        Assert.That((long)DetectionWorker.AtOnce(checks, everySeconds) * (1800 / everySeconds), Is.GreaterThanOrEqualTo(checks));

    [TestCase(0.002, 1, ExpectedResult = 1, Description = "little to judge")]
    [TestCase(0.15, 1, ExpectedResult = 2.85)]
    [TestCase(4, 1, ExpectedResult = 5, Description = "never so long that verdicts grow old")]
    [TestCase(4, 60, ExpectedResult = 60)]
    public double A_round_comes_each_second_unless_it_takes_over_a_twentieth_of_the_time(double took, int everySeconds) =>
        DetectionWorker.Pause(TimeSpan.FromSeconds(took), everySeconds).TotalSeconds;

    [Test]
    public async Task Events_are_raised_on_change_only()
    {
        using var ends = new CancellationTokenSource();
        var heard = new List<string>();
        var listening = Task.Run(async () =>
        {
            await foreach (var live in _events.ListenAsync(ends.Token))
            {
                lock (heard)
                {
                    heard.Add(live.Type);
                }
            }
        });
        await Poll.UntilAsync(() =>
        {
            _events.Publish(new LiveEvent("hello", ""));
            lock (heard)
            {
                return Task.FromResult(heard.Count > 0);
            }
        }, TimeSpan.FromSeconds(10), "the listener listens", TimeSpan.FromMilliseconds(5));

        await PassAsync(minutes: 15, eastMs: 40);
        await PassAsync(minutes: 4, eastMs: 140);
        await Poll.UntilAsync(() =>
        {
            lock (heard)
            {
                return Task.FromResult(heard.Count(h => h == "incident") == 1);
            }
        }, TimeSpan.FromSeconds(10), "the incident was told");
        await ends.CancelAsync();
        Assert.That(async () => await listening, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(heard.Count(h => h == "incident"), Is.EqualTo(1));
        Assert.That(heard.Count(h => h == "verdict"), Is.EqualTo(3), "two regions became healthy, one degraded");
    }

    private void Maintain(string region, int fromMinute, int toMinute)
    {
        var window = new MaintenanceWindow { Name = "upgrade", Checks = ["shop"], Regions = [region], From = Noon.AddMinutes(fromMinute), To = Noon.AddMinutes(toMinute) };
        _catalog.Current = _catalog.Current with { Windows = _catalog.Current.Windows.SetItem("upgrade", new CatalogWindow(window, 1, Noon)) };
    }

    private async Task PassAsync(int minutes, double eastMs, int slow = 0)
    {
        for (var i = 0; i < minutes; i++)
        {
            // Half a minute's runs at a time, judged after each half.
            foreach (var _ in new[] { 0, 30 })
            {
                var at = _time.GetUtcNow();
                _store.Add(1, 1, at, [.. Enumerable.Range(0, 15).Select(n => Run(eastMs + n % 5 + (n < slow ? 1000 : 0)))]);
                _store.Add(1, 2, at, [.. Enumerable.Range(0, 15).Select(n => Run(60 + n % 5))]);
                _time.Advance(TimeSpan.FromSeconds(29));
                await _orchestrator.Worker.JudgeOnceAsync(None);
                _time.Advance(TimeSpan.FromSeconds(1));
            }
        }
    }

    private static StoredRun Run(double waitMs) =>
        new(RunStatus.Passed, FailureSource.None, (long)((waitMs + 5) * 1000), 4000, 500, -1, 100, (long)(waitMs * 1000), 400);

    private (DetectionWorker, Verdicts, IncidentReader) Start()
    {
        var (reader, incidents) = (new IncidentReader(_database.Contexts), new IncidentBook(_database.Contexts, _events, _time, NullLogger<IncidentBook>.Instance));
        var options = Options.Create(new DetectorOptions());
        var verdicts = new Verdicts(options, _time);
        var worker = new DetectionWorker(_catalog, _store, new StoreReady(), _store, reader, incidents, new Blamer(), verdicts, new Silence(_catalog, _agents), _events, new Seasons(_store, new NoTiers(), reader), _confirmer, new EngineBook(_database.Contexts),
            options, _time, NullLogger<DetectionWorker>.Instance);
        return (worker, verdicts, reader);
    }

    private sealed class Registry : IAgentRegistry
    {
        public List<AgentStatus> All { get; } = [.. new[] { (1, "use1", "us-east"), (2, "eu1", "eu-west") }.Select(a => new AgentStatus
        {
            Id = a.Item1,
            PublicId = $"agent-{a.Item1}",
            Name = a.Item2,
            Location = a.Item2,
            Region = a.Item3,
            Online = true,
        })];

        public IReadOnlyList<AgentStatus> Agents() => All;
    }
}
