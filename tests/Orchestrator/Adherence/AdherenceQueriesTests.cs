using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Adherence;

/// <summary>Periods in a real database of either engine; rollups that hold exactly the runs a test says were made.</summary>
[TestFixture("sqlite")]
[TestFixture("postgres")]
public sealed class AdherenceQueriesTests(string engine)
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(7);
    private static readonly CancellationToken None = CancellationToken.None;

    private FixedCatalog _catalog = null!;
    private FakeTimeProvider _time = null!;
    private StoreUnderTest _database = null!;
    private RollupsInMemory _store = null!;
    private Registry _agents = null!;

    [SetUp]
    public async Task SetUp()
    {
        _catalog = FixedCatalog.Of(Interval, "use1=us-east", "eu1=eu-west");
        _time = new FakeTimeProvider(Noon);
        _database = await StoreUnderTest.CreateAsync(engine, _time);
        _store = new RollupsInMemory();
        _agents = new Registry(_catalog);
    }

    [TearDown]
    public async Task TearDown() => await _database.DisposeAsync();

    [Test]
    public async Task What_an_agent_did_not_run_after_its_death_is_missed_exactly()
    {
        await KeepAsync();
        var (alive, dead) = (Due("use1", 1, 21), Due("eu1", 1, 21));
        Run(1, alive);
        Run(2, dead.Where(d => d < Noon.AddMinutes(7.4)));
        _agents.Online = a => a.Location != "eu1";
        _time.Advance(TimeSpan.FromMinutes(22));

        var report = await ReportAsync(Noon.AddMinutes(1), Noon.AddMinutes(21));
        var east = report.Regions.Single(r => r.Region == "us-east");
        var west = report.Regions.Single(r => r.Region == "eu-west");
        Assert.That(east.Tally, Is.EqualTo(new RunTally(alive.Count, alive.Count, 0, 0, 0, 0, 0)));
        var made = dead.Count(d => d < Noon.AddMinutes(7.4));
        Assert.That(west.Tally, Is.EqualTo(new RunTally(dead.Count, made, 0, dead.Count - made, 0, 0, 0)));
        Assert.That(west.Reason, Does.StartWith("no agent is online"));
        Assert.That(west.Sentence, Does.StartWith($"eu-west: {made} of {dead.Count} runs were made; {dead.Count - made} missed: no agent is online"));
        Assert.That((west.Silent, east.Silent), Is.EqualTo((false, false)));
    }

    [Test]
    public async Task Nothing_at_all_is_silence_with_its_reason()
    {
        await KeepAsync();
        _time.Advance(TimeSpan.FromMinutes(10));
        _agents.Unfit = a => a.Location == "eu1" ? [new AgentUnfit("resolver", "no answer", Noon)] : [];
        var report = await ReportAsync(Noon, Noon.AddMinutes(9));
        var west = report.Regions.Single(r => r.Region == "eu-west");
        Assert.That((west.Silent, west.Reason), Is.EqualTo((true, "1 of 1 agent unfit: resolver")));
        Assert.That(west.Tally.Missed, Is.EqualTo(Due("eu1", 1, 9).Count));
    }

    [Test]
    public async Task The_last_minutes_are_pending_until_their_results_should_be_here()
    {
        await KeepAsync();
        _time.Advance(TimeSpan.FromMinutes(5));
        var report = await ReportAsync(Noon, Noon.AddMinutes(30), TimeSpan.FromMinutes(1));
        Assert.That((report.To, report.SettledTo), Is.EqualTo((Noon.AddMinutes(5), Noon.AddMinutes(4))), "the future is not due");
        var steps = report.Regions[0].Steps;
        Assert.That(steps, Has.Count.EqualTo(5));
        Assert.That(steps.Select(s => (s.Tally.Missed > 0, s.Tally.Pending > 0)), Is.EqualTo(new[] { (false, false), (true, false), (true, false), (true, false), (false, true) }));
        Assert.That(steps.Aggregate(default(RunTally), (sum, s) => sum + s.Tally), Is.EqualTo(report.Regions[0].Tally));
    }

    [Test]
    public async Task Late_runs_those_of_unfit_agents_and_those_agents_told_of_are_counted_apart()
    {
        await KeepAsync();
        var due = Due("use1", 1, 3);
        Run(1, due.Skip(3));
        _store.Add(1, 1, due[0], Stored(RunStatus.Passed, late: 150_000));
        _store.Add(1, 1, due[1], Stored(RunStatus.Passed, FailureSource.Agent));
        _store.Add(1, 1, due[2], Stored(RunStatus.Missed, FailureSource.Agent, late: 999_999));
        _time.Advance(TimeSpan.FromMinutes(5));
        var tally = (await ReportAsync(Noon, Noon.AddMinutes(3))).Regions.Single(r => r.Region == "us-east").Tally;
        Assert.That(tally, Is.EqualTo(new RunTally(due.Count, due.Count - 1, 1, 1, 1, 0, 0)));
    }

    [Test]
    public async Task What_agents_report_dropped_lies_in_the_minutes_that_lack_it_and_is_said_with_its_reason()
    {
        await KeepAsync();
        var due = Due("use1", 1, 6);
        var gone = due.Where(d => d >= Noon.AddMinutes(2) && d < Noon.AddMinutes(4)).ToList();
        Run(1, due.Except(gone));
        var gap = new RunGap("shop", GapReason.SpoolFull, gone.Count - 2, gone[0], gone[^1]);
        await _database.Store.StoreAsync([new ResolvedBatch(1, 1, 1, 1, [], "1") { Gaps = [new ResolvedGap(1, 1, gap)] }], None);
        _time.Advance(TimeSpan.FromMinutes(8));
        var east = (await ReportAsync(Noon.AddMinutes(1), Noon.AddMinutes(6), TimeSpan.FromMinutes(1))).Regions.Single(r => r.Region == "us-east");
        Assert.That(east.Tally, Is.EqualTo(new RunTally(due.Count, due.Count - gone.Count, 0, 2, 0, 0, 0, gone.Count - 2)));
        Assert.That(east.Steps.Select(s => s.Tally.Dropped > 0), Is.EqualTo(new[] { false, true, true, false, false }));
        Assert.That(east.Sentence, Does.Contain($"; {gone.Count - 2} results dropped by agents (spool full); 2 missed"));
    }

    [Test]
    public async Task A_run_that_lacks_beside_dropped_ones_but_was_due_before_the_first_or_after_the_last_of_them_is_missed_in_its_minute()
    {
        await KeepAsync();
        var due = Due("use1", 1, 5);
        var gone = due.Where(d => d >= Noon.AddMinutes(1.5) && d < Noon.AddMinutes(3.5)).ToList();
        var (killed, later) = (due.First(d => d >= Noon.AddMinutes(1.1)), due.Last(d => d < Noon.AddMinutes(3.9)));
        Run(1, due.Except([.. gone, killed, later]));

        // Its clock and the grid's are not one to the last microsecond.
        var gap = new RunGap("shop", GapReason.SpoolFull, gone.Count, gone[0].AddMilliseconds(3), gone[^1].AddMilliseconds(-3));
        await _database.Store.StoreAsync([new ResolvedBatch(1, 1, 1, 1, [], "1") { Gaps = [new ResolvedGap(1, 1, gap)] }], None);
        _time.Advance(TimeSpan.FromMinutes(8));
        var east = (await ReportAsync(Noon.AddMinutes(1), Noon.AddMinutes(5), TimeSpan.FromMinutes(1))).Regions.Single(r => r.Region == "us-east");
        Assert.That(east.Steps.Select(s => s.Tally.Missed), Is.EqualTo(new[] { 1, 0, 1, 0 }));
        Assert.That(east.Steps.Sum(s => s.Tally.Dropped), Is.EqualTo(gone.Count));
    }

    [Test]
    public async Task A_changed_interval_counts_each_minute_by_the_one_that_held_then()
    {
        await KeepAsync();
        _time.SetUtcNow(Noon.AddMinutes(10).AddSeconds(20));
        SetInterval(TimeSpan.FromSeconds(2));
        await KeepAsync();
        _time.SetUtcNow(Noon.AddMinutes(30));
        var expected = (await ReportAsync(Noon, Noon.AddMinutes(20))).Regions.Single(r => r.Region == "us-east").Tally.Expected;
        Assert.That(expected, Is.EqualTo(Due("use1", 1, 10).Count + (9 * 30)), "the minute of the change is left out");
    }

    [Test]
    public async Task A_deleted_check_and_a_disabled_agents_place_are_not_expected_any_more_and_two_keepers_write_once()
    {
        await KeepAsync();
        await KeepAsync();
        await using (var db = await _database.Contexts.CreateDbContextAsync())
        {
            Assert.That(db.SchedulePeriods.Count(), Is.EqualTo(2));
        }

        _time.SetUtcNow(Noon.AddMinutes(5));
        _catalog.Current = _catalog.Current with { AgentsById = _catalog.Current.AgentsById.SetItem(2, _catalog.Current.AgentsById[2] with { Disabled = true }) };
        await KeepAsync();
        _time.SetUtcNow(Noon.AddMinutes(20));
        var report = await ReportAsync(Noon, Noon.AddMinutes(19));
        Assert.That(report.Regions.Single(r => r.Region == "eu-west").Tally.Expected, Is.EqualTo(Due("eu1", 1, 5).Count));
        Assert.That(report.Regions.Single(r => r.Region == "us-east").Tally.Expected, Is.EqualTo(Due("use1", 1, 19).Count));
    }

    [Test]
    public async Task Another_orchestrator_that_leads_or_an_unread_catalog_changes_nothing()
    {
        _store.Leads = false;
        Assert.That(await KeepAsync(), Is.False);
        _store.Leads = true;
        Assert.That(await KeepAsync(), Is.True);
        _catalog.Current = CatalogSnapshot.Empty;
        Assert.That(await KeepAsync(), Is.False, "periods do not end because the catalog has not been read");
    }

    [Test]
    public async Task The_last_five_minutes_of_all_checks_are_those_whose_results_should_be_here()
    {
        await KeepAsync();
        Run(1, Due("use1", 1, 60));
        _time.SetUtcNow(Noon.AddMinutes(30).AddSeconds(50));
        var lately = await Queries().LatelyAsync(5, None);
        Assert.That(lately.Select(l => (l.Check, l.Region)), Is.EqualTo(new[] { ("shop", "eu-west"), ("shop", "us-east") }));
        Assert.That(lately.Single(l => l.Region == "us-east").Tally, Is.EqualTo(new RunTally(Due("use1", 25, 30).Count, Due("use1", 25, 30).Count, 0, 0, 0, 0, 0)));
        Assert.That(lately.Single(l => l.Region == "eu-west").Tally.Missed, Is.EqualTo(Due("eu1", 25, 30).Count));
    }

    private Task<bool> KeepAsync() => new PeriodKeeper(_catalog, null!, new PeriodBook(_database.Contexts), _store, new StoreReady(), Options.Create(new StoreOptions()), _time,
        NullLogger<PeriodKeeper>.Instance).KeepOnceAsync(None);

    private AdherenceQueries Queries() => new(_catalog, new PeriodBook(_database.Contexts), new GapBook(_database.Contexts), _store, new NoTiers(),
        new LateResults(_database.Contexts), new MaintenanceBook(_database.Contexts, NullLogger<MaintenanceBook>.Instance), new Silence(_catalog, _agents), _time);

    private async Task<AdherenceReport> ReportAsync(DateTimeOffset from, DateTimeOffset to, TimeSpan? step = null) =>
        await Queries().OfCheckAsync("shop", from, to, step, None) ?? throw new AssertionException("no such check");

    private static List<DateTimeOffset> Due(string location, int fromMinute, int toMinute)
    {
        var grid = ScheduleGrid.For("shop", location, Interval);
        var (from, to) = (Ticks(Noon.AddMinutes(fromMinute)), Ticks(Noon.AddMinutes(toMinute)));
        var due = new List<DateTimeOffset>();
        for (var at = grid.NextAfter(from - 1); at < to; at += grid.Interval)
        {
            due.Add(DateTimeOffset.UnixEpoch.AddTicks(at));
        }

        return due;
    }

    private void Run(int agent, IEnumerable<DateTimeOffset> due)
    {
        foreach (var at in due)
        {
            _store.Add(1, agent, at, Stored(RunStatus.Passed));
        }
    }

    private static StoredRun Stored(RunStatus status, FailureSource source = FailureSource.None, long late = 0) => new(status, source, 10_000, -1, -1, -1, -1, -1, -1, late);

    private void SetInterval(TimeSpan interval)
    {
        var entry = _catalog.Current.Checks["shop"];
        entry = entry with { Check = entry.Check with { Interval = interval, Revision = 2 } };
        _catalog.Current = _catalog.Current with
        {
            Checks = _catalog.Current.Checks.SetItem("shop", entry),
            ChecksById = _catalog.Current.ChecksById.SetItem(1, entry),
        };
    }

    private static long Ticks(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks;

    private sealed class Registry(FixedCatalog catalog) : IAgentRegistry
    {
        public Func<CatalogAgent, bool> Online { get; set; } = _ => true;

        public Func<CatalogAgent, IReadOnlyList<AgentUnfit>> Unfit { get; set; } = _ => [];

        public IReadOnlyList<AgentStatus> Agents() =>
        [
            .. catalog.Current.AgentsById.Values.Select(a => new AgentStatus
            {
                Id = a.Id,
                PublicId = a.PublicId,
                Name = a.Name,
                Location = a.Location,
                Region = catalog.Current.RegionOfLocation(a.Location),
                Online = Online(a),
                Disabled = a.Disabled,
                Drained = a.Drained,
                LastSeenAt = Noon,
                Unfit = Unfit(a),
            }),
        ];
    }
}
