using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Contracts.Results;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Adherence;

/// <summary>Windows, periods, results and rollups in a real database of either engine.</summary>
[TestFixture("sqlite")]
[TestFixture("postgres")]
public sealed class AvailabilityTests(string engine)
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(6);
    private static readonly CancellationToken None = CancellationToken.None;

    private FixedCatalog _catalog = null!;
    private FakeTimeProvider _time = null!;
    private StoreUnderTest _database = null!;
    private long _sequence;

    [SetUp]
    public async Task SetUp()
    {
        _sequence = 1;
        _catalog = FixedCatalog.Of(Interval, "use1=us-east", "eu1=eu-west");
        _time = new FakeTimeProvider(Noon);
        _database = await StoreUnderTest.CreateAsync(engine, _time);
        using var keeper = new PeriodKeeper(_catalog, null!, new PeriodBook(_database.Contexts), new RollupsInMemory(), new StoreReady(), Options.Create(new StoreOptions()), _time, NullLogger<PeriodKeeper>.Instance);
        await keeper.KeepOnceAsync(None);
    }

    [TearDown]
    public async Task TearDown() => await _database.DisposeAsync();

    [Test]
    public async Task Each_kind_of_run_is_counted_once_and_what_is_excluded_is_shown_by_its_rule()
    {
        await MaintainAsync("us-east", 10, 12);
        // Of ten runs a minute: two fail in the fifth, one is an agent's fault, one is missed; in maintenance all fail.
        await PassAsync((minute, n) => (minute, n) switch
        {
            (5, 0) => (RunStatus.Failed, FailureSource.Target),
            (5, 1) => (RunStatus.TimedOut, FailureSource.Dns),
            (6, 0) => (RunStatus.Failed, FailureSource.Agent),
            (7, 0) => null,
            (10 or 11, _) => (RunStatus.Failed, FailureSource.Network),
            _ => (RunStatus.Passed, FailureSource.None),
        });

        var report = await ReportAsync(1, 18);
        var east = report.Regions.Single(r => r.Region == "us-east").Runs;
        Assert.That(east.Tally, Is.EqualTo(new AvailabilityTally { Expected = 170, Passed = 146, TargetFaults = 1, DnsFaults = 1, AgentFaults = 1, Missed = 1, Maintenance = 20 }));
        Assert.That(east.Tally.Availability, Is.EqualTo(146 / 148.0));
        Assert.That(east.Interval!.Value.Low, Is.LessThan(146 / 148.0));
        Assert.That(report.Total.Tally, Is.EqualTo(east.Tally + new AvailabilityTally { Expected = 170, Passed = 170 }));
        Assert.That(report.Total.Corrected, Is.False);
    }

    [Test]
    public async Task What_came_late_corrects_the_report_and_is_marked()
    {
        await PassAsync((minute, _) => minute is 3 or 4 ? null : (RunStatus.Passed, FailureSource.None));
        var before = (await ReportAsync(1, 18)).Regions.Single(r => r.Region == "us-east").Runs;
        Assert.That((before.Tally.Missed, before.Tally.Availability, before.Corrected), Is.EqualTo((20L, 1.0, false)));

        _time.SetUtcNow(Noon.AddMinutes(30));
        await StoreAsync(1, 3, 5, (_, n) => n < 5 ? (RunStatus.Failed, FailureSource.Target) : (RunStatus.Passed, FailureSource.None));
        var after = (await ReportAsync(1, 18)).Regions.Single(r => r.Region == "us-east").Runs;
        Assert.That((after.Tally.Missed, after.Tally.Failed, after.Tally.Passed), Is.EqualTo((0L, 10L, 160L)));
        Assert.That((after.Corrected, after.Late, after.LastLateAt), Is.EqualTo((true, 20L, (DateTimeOffset?)Noon.AddMinutes(30))));

        _time.SetUtcNow(Noon.AddMinutes(40));
        await StoreAsync(1, 7, 8, (_, _) => (RunStatus.Passed, FailureSource.None), firstSequence: 1);
        Assert.That((await ReportAsync(1, 18)).Total.Late, Is.EqualTo(20), "what was stored before is not late");
        Assert.That((await ReportAsync(1, 18)).Regions.Single(r => r.Region == "eu-west").Runs.Corrected, Is.False);
        Assert.That(await new LateResults(_database.Contexts).ForgetAsync((Noon.ToUnixTimeSeconds() / 60) + 1, None), Is.EqualTo(1));
    }

    private async Task<AvailabilityReport> ReportAsync(int from, int to)
    {
        var queries = new AdherenceQueries(_catalog, new PeriodBook(_database.Contexts), new GapBook(_database.Contexts), _database.Store, _database.Tiers, new LateResults(_database.Contexts),
            new MaintenanceBook(_database.Contexts, NullLogger<MaintenanceBook>.Instance), new Silence(_catalog, new Nobody()), _time);
        return (await queries.OfCheckAsync("shop", Noon.AddMinutes(from), Noon.AddMinutes(to), null, None))!.Availability;
    }

    private async Task MaintainAsync(string region, int from, int to)
    {
        using var catalog = new Probes.Orchestrator.Catalog.Catalog(new CatalogStore(_database.Contexts, _time, NullLogger<CatalogStore>.Instance), new EventHub());
        var window = new MaintenanceWindow { Name = "upgrade", Regions = [region], From = Noon.AddMinutes(from), To = Noon.AddMinutes(to) };
        var place = new Location { Name = "use1", Region = region };
        var report = await catalog.ApplyAsync(new DocumentSet([], [place], []) { Windows = [window] }, dryRun: false, None);
        Assert.That(report.Errors, Is.Empty);
    }

    /// <summary>Seventeen minutes, each stored when it is over: the east as told, the west without a fault.</summary>
    private async Task PassAsync(Func<int, int, (RunStatus Status, FailureSource Source)?> east)
    {
        for (var minute = 1; minute < 18; minute++)
        {
            _time.SetUtcNow(Noon.AddMinutes(minute + 1));
            await StoreAsync(1, minute, minute + 1, east);
            await StoreAsync(2, minute, minute + 1, (_, _) => (RunStatus.Passed, FailureSource.None));
        }

        _time.SetUtcNow(Noon.AddMinutes(20));
    }

    private async Task StoreAsync(int agent, int from, int to, Func<int, int, (RunStatus Status, FailureSource Source)?> run, long? firstSequence = null)
    {
        var grid = ScheduleGrid.For("shop", agent == 1 ? "use1" : "eu1", Interval);
        var items = new List<ResolvedResult>();
        var first = firstSequence ?? _sequence;
        for (var minute = from; minute < to; minute++)
        {
            var start = Noon.AddMinutes(minute);
            var (n, end) = (0, (start.AddMinutes(1) - DateTimeOffset.UnixEpoch).Ticks);
            for (var at = grid.NextAfter((start - DateTimeOffset.UnixEpoch).Ticks - 1); at < end; at += grid.Interval, n++)
            {
                if (run(minute, n) is { } made)
                {
                    var due = DateTimeOffset.UnixEpoch.AddTicks(at);
                    items.Add(new ResolvedResult(first + items.Count, 1, Results.Passed(n, due: due) with { Status = made.Status, Source = made.Source }));
                }
            }
        }

        _sequence += items.Count;
        await _database.Store.StoreAsync([new ResolvedBatch(agent, 1, first, items.Count, items, "1")], None);
        await _database.Store.FlushAsync(None);
        while (await _database.Store.ReadDirtyAsync(1000, None) is { Count: > 0 } keys)
        {
            await _database.Store.RollUpAsync(keys, None);
        }
    }

    private sealed class Nobody : IAgentRegistry
    {
        public IReadOnlyList<AgentStatus> Agents() => [];
    }
}
