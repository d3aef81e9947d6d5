using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Rollups;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Heatmaps;

public sealed class HeatmapQueriesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly FixedCatalog _catalog = FixedCatalog.Of(TimeSpan.FromSeconds(10), "use1=us-east", "use2=us-east", "eu1=eu-west", "af1=af-south");
    private RollupsInMemory _store = null!;
    private HeatmapQueries _queries = null!;

    [SetUp]
    public void SetUp()
    {
        _store = new RollupsInMemory();
        _queries = new HeatmapQueries(_catalog, _store, new NoTiers(), new NothingJudged(), new FakeTimeProvider(Noon));
    }

    // One agent is fast, the other slow and twice as busy: the median of all runs is the slow one's, an average of medians is not.
    [Test]
    public async Task Percentiles_are_those_of_all_runs_not_averages_of_agents()
    {
        _store.Add(1, 1, Noon, [.. Enumerable.Repeat(Passed(100), 100)]);
        _store.Add(1, 2, Noon, [.. Enumerable.Repeat(Passed(300), 200)]);
        var map = (await _queries.HeatmapAsync("shop", HeatmapMetric.LatencyP50, Noon, Noon.AddMinutes(1), TimeSpan.FromMinutes(1), None))!;
        var row = map.Regions.Single(r => r.Region == "us-east");
        Assert.That(row.Values, Has.Count.EqualTo(1));
        Assert.That(row.Values[0], Is.EqualTo(300).Within(1).Percent);
        Assert.That(row.Runs[0], Is.EqualTo(300));
    }

    [Test]
    public void Any_quantile_of_any_runs_is_within_one_percent() =>
        Gen.Select(Gen.Double[0.5, 2000].Array[1, 200], Gen.Int[0, 2]).Sample((all, which) =>
        {
            var metric = new[] { HeatmapMetric.LatencyP50, HeatmapMetric.LatencyP95, HeatmapMetric.LatencyP99 }[which];
            var store = new RollupsInMemory();
            foreach (var (i, ms) in all.Index())
            {
                store.Add(1, 1 + i % 2, Noon.AddMinutes(i % 5), Passed(ms));
            }

            var queries = new HeatmapQueries(_catalog, store, new NoTiers(), new NothingJudged(), new FakeTimeProvider(Noon));
            var map = queries.HeatmapAsync("shop", metric, Noon, Noon.AddMinutes(5), TimeSpan.FromMinutes(5), None).Result!;
            var sorted = all.Order().ToArray();
            var exact = sorted[(int)(HeatmapMetrics.QuantileOf(metric) * (sorted.Length - 1))];
            return Math.Abs(map.Regions.Single(r => r.Region == "us-east").Values[0]!.Value - exact) <= 0.0101 * exact + 0.001;
        }, iter: 200);

    [Test]
    public async Task A_region_without_data_is_there_and_null_which_is_not_health()
    {
        _store.Add(1, 1, Noon.AddMinutes(2), Passed(100));
        var map = (await _queries.HeatmapAsync("shop", HeatmapMetric.Availability, Noon, Noon.AddMinutes(5), TimeSpan.FromMinutes(1), None))!;
        Assert.That(map.Regions.Select(r => r.Region), Is.EqualTo(new[] { "af-south", "eu-west", "us-east" }));
        Assert.That(map.Times, Has.Count.EqualTo(5));
        Assert.That(map.Regions[0].Values, Is.All.Null);
        Assert.That(map.Regions[0].Level, Is.EqualTo(Level.Unknown));
        Assert.That(map.Regions[2].Values, Is.EqualTo(new double?[] { null, null, 1, null, null }));
    }

    [Test]
    public async Task Agents_faults_and_missed_runs_do_not_lower_availability()
    {
        _store.Add(1, 1, Noon, Passed(10), Failed(FailureSource.Target), Failed(FailureSource.Agent), new StoredRun(RunStatus.Missed, FailureSource.Agent, 0, -1, -1, -1, -1, -1, -1));
        var map = (await _queries.HeatmapAsync("shop", HeatmapMetric.Availability, Noon, Noon.AddMinutes(1), TimeSpan.FromMinutes(1), None))!;
        Assert.That(map.Unit, Is.EqualTo("ratio"));
        Assert.That(map.Regions.Single(r => r.Region == "us-east").Values[0], Is.EqualTo(0.5));
        Assert.That(map.Regions.Single(r => r.Region == "us-east").Runs[0], Is.EqualTo(2));
    }

    [Test]
    public async Task Steps_are_aligned_whatever_second_is_asked_from()
    {
        var map = (await _queries.HeatmapAsync("shop", HeatmapMetric.LatencyP95, Noon.AddSeconds(137), Noon.AddMinutes(61), TimeSpan.FromMinutes(5), None))!;
        Assert.That(map.From, Is.EqualTo(Noon));
        Assert.That(map.Times, Is.All.Matches<DateTimeOffset>(t => t.ToUnixTimeSeconds() % 300 == 0));
        Assert.That(map.To, Is.EqualTo(Noon.AddMinutes(65)));
        Assert.That(map.StepSeconds, Is.EqualTo(300));
    }

    [Test]
    public async Task An_unknown_check_has_no_heatmap() =>
        Assert.That(await _queries.HeatmapAsync("nothing", HeatmapMetric.LatencyP95, Noon, Noon.AddHours(1), TimeSpan.FromMinutes(1), None), Is.Null);

    [Test]
    public async Task Regions_tell_counts_phases_locations_and_agents()
    {
        _store.Add(1, 1, Noon, Passed(100));
        _store.Add(1, 2, Noon, Passed(200), Failed(FailureSource.Dns));
        var regions = (await _queries.RegionsAsync("shop", Noon, Noon.AddMinutes(1), None))!;
        var east = regions.Single(r => r.Region == "us-east");
        Assert.That(east.Counts, Is.EqualTo(new RunCounts(2, 0, 1, 0, 0, 0)));
        Assert.That(east.Agents, Is.EqualTo(2));
        Assert.That(east.Locations, Is.EqualTo(new[] { "use1", "use2" }));
        Assert.That(east.Phases.Keys, Is.EquivalentTo(new[] { Phase.Dns, Phase.Connect, Phase.Wait }));
        Assert.That(regions.Single(r => r.Region == "af-south").LatencyP95, Is.Null);
    }

    [Test]
    public async Task The_overview_holds_every_check_and_region()
    {
        _store.Add(1, 3, Noon.AddMinutes(-3), Passed(50));
        var check = (await _queries.OverviewAsync(TimeSpan.FromMinutes(15), None)).Single();
        Assert.That((check.Check, check.Kind, check.IntervalSeconds), Is.EqualTo(("shop", "tcp", 10)));
        Assert.That(check.Regions.Select(r => (r.Region, r.LatencyP50 is null)), Is.EqualTo(new[] { ("af-south", true), ("eu-west", false), ("us-east", true) }));
    }

    private static StoredRun Passed(double ms) =>
        new(RunStatus.Passed, FailureSource.None, (long)Math.Round(ms * 1000), 1000, 2000, -1, -1, (long)(ms * 500), -1);

    private static StoredRun Failed(FailureSource source) => new(RunStatus.Failed, source, 5000, -1, -1, -1, -1, -1, -1);

    private sealed class NothingJudged : IVerdicts
    {
        public Verdict Of(string check, string region) => new() { Check = check, Region = region, Level = Level.Unknown, Sentence = "", Evidence = new Evidence() };

        public IReadOnlyList<Verdict> All() => [];
    }
}
