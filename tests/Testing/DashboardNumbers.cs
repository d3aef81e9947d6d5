using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Testing;

/// <summary>The numbers of a <see cref="DashboardWorld"/>, made up but always the same for the same minute.</summary>
internal sealed class DashboardNumbers(DashboardWorld world) : IHeatmapQueries, IResultStore, IAdherenceQueries
{
    private static readonly (Phase Phase, double Share)[] Shares =
        [(Phase.Dns, 0.12), (Phase.Connect, 0.2), (Phase.Tls, 0.28), (Phase.Send, 0.01), (Phase.Wait, 0.34), (Phase.Transfer, 0.05)];

    public Task<Heatmap?> HeatmapAsync(string check, HeatmapMetric metric, DateTimeOffset from, DateTimeOffset to, TimeSpan step, CancellationToken ct)
    {
        if (!world.Current.Checks.ContainsKey(check))
        {
            return Task.FromResult<Heatmap?>(null);
        }

        var times = Enumerable.Range(0, (int)((to - from) / step)).Select(i => from + (i * step)).ToList();
        var rows = DashboardWorld.Regions.OrderBy(r => r.Region, StringComparer.Ordinal)
            .Select(r => new HeatmapRow(r.Region, DashboardWorld.LevelOf(check, r.Region), [.. times.Select(t => Value(check, r.Region, metric, t))], [.. times.Select(t => Runs(r.Region, t))]));
        var key = metric switch { HeatmapMetric.LatencyP50 => "latency_p50", HeatmapMetric.LatencyP99 => "latency_p99", HeatmapMetric.DnsP95 => "dns_p95", HeatmapMetric.Availability => "availability", _ => "latency_p95" };
        return Task.FromResult<Heatmap?>(new Heatmap(check, key, metric == HeatmapMetric.Availability ? "ratio" : "ms", from, to, (int)step.TotalSeconds, times, [.. rows]));
    }

    public Task<IReadOnlyList<RegionSummary>?> RegionsAsync(string check, DateTimeOffset from, DateTimeOffset to, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<RegionSummary>?>(world.Current.Checks.ContainsKey(check) ? [.. DashboardWorld.Regions.Select(r => Summary(check, r.Region))] : null);

    public Task<IReadOnlyList<CheckOverview>> OverviewAsync(TimeSpan span, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<CheckOverview>>([.. world.Current.Checks.Values.Select(c =>
        {
            var regions = DashboardWorld.Regions.Select(r => Summary(c.Check.Name, r.Region)).ToList();
            return new CheckOverview(c.Check.Name, c.Check.Probe.Kind, Target(c), (int)c.Check.Interval.TotalSeconds, Levels.Worst(regions.Select(r => r.Verdict.Level)), regions);
        })]);

    public Task<ResultPage> ReadResultsAsync(ResultQuery query, CancellationToken ct)
    {
        var check = world.Current.Checks.Values.First(c => c.Id == query.CheckId).Check.Name;
        var agents = world.Current.AgentsById.Values.Where(a => query.AgentIds is null || query.AgentIds.Contains(a.Id)).OrderBy(a => a.Id).ToList();
        var end = query.To ?? world.Now();
        var runs = Enumerable.Range(0, query.Limit).Where(_ => agents.Count > 0)
            .Select(i => new StoredResult(query.CheckId!.Value, agents[i % agents.Count].Id, Run(check, agents[i % agents.Count], end.AddSeconds(-10 * i - 4))))
            .Where(r => query.From is null || r.Result.Due >= query.From);
        return Task.FromResult(new ResultPage([.. runs], null));
    }

    // The region of which nothing is known is the one that did not run.
    public Task<AdherenceReport?> OfCheckAsync(string check, DateTimeOffset from, DateTimeOffset to, TimeSpan? step, CancellationToken ct) =>
        Task.FromResult<AdherenceReport?>(new AdherenceReport(check, from, to, to, 0, [.. DashboardWorld.Regions.Select(r => r.Level == Level.Unknown
            ? new RegionAdherence(r.Region, [r.Region], new RunTally(360, 0, 0, 354, 0, 6, 0), true, "no agent is online",
                $"{r.Region}: 0 of 360 runs were made; 354 missed; 6 may still come: no agent is online {DashboardWorld.Hostile}.", [])
            : new RegionAdherence(r.Region, [r.Region], new RunTally(720, 714, 3, 0, 0, 6, 0), false, "", $"{r.Region}: 714 of 720 runs were made.", []))])
        {
            Availability = Availability(check, from, to),
        });

    // What agents say late of the region that is known least corrects it.
    private static AvailabilityReport Availability(string check, DateTimeOffset from, DateTimeOffset to)
    {
        var regions = DashboardWorld.Regions.Select(r => new RegionAvailability(r.Region, r.Level == Level.Unknown
            ? new Availability(new AvailabilityTally { Expected = 360, Missed = 354, Pending = 6 }, 12, to.AddMinutes(-2))
            : new Availability(new AvailabilityTally { Expected = 720, Passed = 690, TargetFaults = 4, AgentFaults = 2, Maintenance = 18, Pending = 6 }, 0, null))).ToList();
        return new AvailabilityReport(check, from, to, to, new Availability(regions.Aggregate(default(AvailabilityTally), (sum, r) => sum + r.Runs.Tally), 12, to.AddMinutes(-2)), regions);
    }

    public Task<IReadOnlyList<DeadLetter>> ReadDeadLettersAsync(int limit, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<DeadLetter>>([new(1, world.Now().AddMinutes(-3), "amqp", "not a protobuf batch: unexpected end of input", 1204, []), new(2, world.Now().AddHours(-2), "relay", "batch of 5 000 results; at most 1 000 are taken " + DashboardWorld.Hostile, 912_340, [])]);

    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(int checkId, DateTimeOffset from, DateTimeOffset to, CancellationToken ct)
    {
        var check = world.Current.ChecksById[checkId].Check.Name;
        return Task.FromResult(DashboardRollups.Of(world, checkId, from, to, (region, at) => Value(check, region, HeatmapMetric.LatencyP50, at), Runs));
    }

    public Task<IReadOnlyList<StoreOutcome>> StoreAsync(IReadOnlyList<ResolvedBatch> batches, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<RollupKey>> ReadDirtyAsync(int limit, CancellationToken ct) => throw new NotSupportedException();
    public Task RollUpAsync(IReadOnlyList<RollupKey> keys, CancellationToken ct) => throw new NotSupportedException();
    public Task<IReadOnlyList<RollupRow>> ReadRollupsAsync(DateTimeOffset from, DateTimeOffset to, CancellationToken ct) => throw new NotSupportedException();
    public Task AddDeadLetterAsync(DeadLetter letter, CancellationToken ct) => throw new NotSupportedException();
    public Task<long> ExpireAsync(DateTimeOffset resultsBefore, DateTimeOffset rollupsBefore, CancellationToken ct) => throw new NotSupportedException();
    public Task<bool> PingAsync(CancellationToken ct) => Task.FromResult(true);

    private double? Value(string check, string region, HeatmapMetric metric, DateTimeOffset at)
    {
        var (_, _, _, baseMs, level) = DashboardWorld.Regions.First(r => r.Region == region);
        level = DashboardWorld.LevelOf(check, region) == Level.Healthy && level != Level.Unknown ? Level.Healthy : level;
        var recent = at >= world.Now() - TimeSpan.FromMinutes(25);
        if (level == Level.Unknown || Runs(region, at) == 0)
        {
            return null;
        }

        if (level == Level.Down && recent)
        {
            return metric == HeatmapMetric.Availability ? 0 : null;
        }

        var noise = Noise(region, at);
        var slow = level == Level.Degraded && recent ? 100 : 0;
        return metric switch
        {
            HeatmapMetric.Availability => noise > 0.93 ? 0.98 : 1,
            HeatmapMetric.DnsP95 => baseMs * 0.15 * (1 + (0.3 * noise)),
            _ => DashboardWorld.Factor(check) * ((baseMs * (1 + (0.25 * noise) + (noise > 0.985 ? 1.5 : 0))) + slow) * (metric == HeatmapMetric.LatencyP50 ? 0.8 : metric == HeatmapMetric.LatencyP99 ? 1.6 : 1),
        };
    }

    // One region was away for a while, so that missing data can be seen.
    private long Runs(string region, DateTimeOffset at) =>
        region == "af-south" || (region == "us-east" && at > world.Now().AddMinutes(-50) && at < world.Now().AddMinutes(-42)) ? 0 : 12;

    private static double Noise(string region, DateTimeOffset at)
    {
        var h = (uint)(at.ToUnixTimeSeconds() / 60 * 2654435761L) ^ (uint)region.Sum(c => c * 7919);
        h = (h ^ (h >> 15)) * 2246822519u;
        return (h >> 8 & 0xffff) / 65535.0;
    }

    private RegionSummary Summary(string check, string region)
    {
        var (_, lat, lon, baseMs, _) = DashboardWorld.Regions.First(r => r.Region == region);
        var level = DashboardWorld.LevelOf(check, region);
        var total = DashboardWorld.Factor(check) * baseMs;
        var phases = level is Level.Unknown or Level.Down ? [] : Shares
            .Where(s => check != "dns-example" || s.Phase is Phase.Dns).Where(s => check != "smtp-relay" || s.Phase is Phase.Dns or Phase.Connect)
            .ToDictionary(s => s.Phase, s => new PhaseSummary((total * s.Share) + (level == Level.Degraded && s.Phase == Phase.Wait ? 100 : 0), total * s.Share * 1.4));
        var counts = level switch { Level.Unknown => default, Level.Down => new RunCounts(0, 90, 0, 6, 0, 0), Level.Degraded => new RunCounts(117, 1, 0, 0, 2, 1), _ => new RunCounts(360, 0, 0, 0, 0, 0) };
        double? Lat(double f) => level is Level.Unknown or Level.Down ? null : (total * f) + (level == Level.Degraded ? 100 : 0);
        return new RegionSummary(region, world.Of(check, region), counts, level == Level.Unknown ? 0 : 2, [$"{region}-a", $"{region}-b"], Lat(1), Lat(1.2), Lat(1.7), Lat(0.15), phases, lat, lon);
    }

    private static RunResult Run(string check, CatalogAgent agent, DateTimeOffset due)
    {
        var region = agent.Location[..^2];
        var level = DashboardWorld.LevelOf(check, region);
        var ms = DashboardWorld.Factor(check) * DashboardWorld.Regions.First(r => r.Region == region).BaseMs;
        var result = new RunResult
        {
            Check = check,
            CheckRevision = 3,
            Due = due,
            Status = RunStatus.Passed,
            Duration = TimeSpan.FromMilliseconds(ms),
            StatusCode = 200,
            Address = "192.0.2.7:443",
            Phases = new PhaseTimes(TimeSpan.FromMilliseconds(ms * 0.12), TimeSpan.FromMilliseconds(ms * 0.2), TimeSpan.FromMilliseconds(ms * 0.28), TimeSpan.FromMilliseconds(0.08), TimeSpan.FromMilliseconds(ms * 0.34), TimeSpan.FromMilliseconds(ms * 0.06)),
        };
        return level switch
        {
            Level.Down => result with { Status = RunStatus.Failed, Source = FailureSource.Target, Reason = "connect_refused", Message = "192.0.2.7:443 refused the connection " + DashboardWorld.Hostile, Phases = new PhaseTimes(TimeSpan.FromMilliseconds(9), null, null, null, null, null), StatusCode = 0 },
            Level.Unknown => result with { Status = RunStatus.Missed, Source = FailureSource.Agent, Reason = "late", Message = "No slot was free in time", Phases = default },
            Level.Degraded when due.Second < 10 => result with { Status = RunStatus.TimedOut, Source = FailureSource.Network, Reason = "timeout", Message = "No answer within 10 s; the last phase was wait", Duration = TimeSpan.FromSeconds(10) },
            _ => result,
        };
    }

    private static string Target(CatalogCheck c) => c.Check.Probe switch { HttpSpec h => h.Url.ToString(), DnsSpec d => d.Name, TcpSpec t => $"{t.Host}:{t.Port}", TlsSpec t => t.Host, _ => "" };
}
