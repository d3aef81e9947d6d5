using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Documents;
using Probes.Contracts.Results;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Detection.Confirmation;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection.Backtest;

/// <summary>A past of check "shop" in us-east and eu-west, minute by minute from <see cref="Noon"/> on, seen by a live worker while it happened, and replayed afterwards.</summary>
internal sealed class PastWorld : IAsyncDisposable
{
    public static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    private readonly EventHub _events = new();
    private DetectionWorker _worker;
    private readonly Confirmer _confirmer;
    private readonly Random _random;

    private PastWorld(StoreUnderTest database, FakeTimeProvider time, int seed)
    {
        (Database, Time, _random) = (database, time, new Random(seed));
        Incidents = new IncidentReader(database.Contexts);
        Verdicts = new Verdicts(Options.Create(new DetectorOptions()), time);
        Engines = new EngineBook(database.Contexts);
        _confirmer = ConfirmerUnderTest.Of(Catalog, new NoAgents(), database, time);
        _worker = NewWorker();
    }

    public StoreUnderTest Database { get; }

    public FakeTimeProvider Time { get; }

    public FixedCatalog Catalog { get; } = FixedCatalog.Of(TimeSpan.FromSeconds(10), "use1=us-east", "eu1=eu-west");

    public RollupsInMemory Store { get; } = new();

    public IncidentReader Incidents { get; }

    public EngineBook Engines { get; }

    public Verdicts Verdicts { get; }

    public static async Task<PastWorld> CreateAsync(int seed = 1)
    {
        var time = new FakeTimeProvider(Noon);
        return new PastWorld(await StoreUnderTest.CreateAsync("sqlite", time), time, seed);
    }

    /// <summary>Ends the worker and begins with another, which knows what is stored.</summary>
    public void Restart()
    {
        _worker.Dispose();
        _worker = NewWorker();
    }

    /// <summary>Lets time pass in which nobody measures or looks.</summary>
    public void Skip(TimeSpan time) => Time.Advance(time);

    /// <summary>Lets minutes pass; the worker looks at the end of each, or every ten seconds.</summary>
    public async Task PassAsync(int minutes, double eastMs = 40, double westMs = 40, double eastFailing = 0, bool often = false)
    {
        for (var end = Time.GetUtcNow().AddMinutes(minutes); Time.GetUtcNow() < end;)
        {
            var start = Time.GetUtcNow();
            for (var second = 0; second < 60; second += 10)
            {
                Store.Add(1, 1, start, Run(eastMs, eastFailing));
                Store.Add(1, 2, start, Run(westMs, 0));
                Time.SetUtcNow(start.AddSeconds(second + 9));
                if (often || second == 50)
                {
                    await _worker.JudgeOnceAsync(CancellationToken.None);
                }
            }

            Time.SetUtcNow(start.AddMinutes(1));
        }
    }

    /// <summary>The whole past, or what a request asks for, replayed on the machine's own clock.</summary>
    public async Task<BacktestReport> ReplayAsync(IReadOnlyDictionary<string, double>? rule = null, bool strict = false, DateTimeOffset? from = null, IResultStore? store = null)
    {
        var plan = new BacktestPlanner(Catalog, Options.Create(new DetectorOptions()), Options.Create(new StoreOptions()), Time).Make(new BacktestRequest(
            from ?? Noon, null, [], [], rule is null ? null : new DetectorRule("tried", "", rule, [], []), strict));
        var run = new BacktestRun(store ?? Store, new NoTiers(), new MaintenanceBook(Database.Contexts, NullLogger<MaintenanceBook>.Instance), Incidents, Engines, new BacktestGate(), TimeProvider.System);
        BacktestReport? report = null;
        await foreach (var progress in run.RunAsync(plan, CancellationToken.None))
        {
            report = progress.Report ?? report;
        }

        return report!;
    }

    public async Task<IReadOnlyList<Impact>> ImpactsAsync() =>
        [.. (await Incidents.ListAsync(new IncidentQuery(Limit: 1000), CancellationToken.None)).SelectMany(i => i.Impacts).OrderBy(i => i.StartedAt).ThenBy(i => i.Region, StringComparer.Ordinal)];

    public async ValueTask DisposeAsync()
    {
        _worker.Dispose();
        _confirmer.Dispose();
        await Database.DisposeAsync();
    }

    private DetectionWorker NewWorker() => new DetectionWorker(Catalog, Store, new StoreReady(), Store, Incidents, new IncidentBook(Database.Contexts, _events, Time, NullLogger<IncidentBook>.Instance), new Blamer(),
            Verdicts, new Silence(Catalog, new NoAgents()), _events, new Seasons(Store, new NoTiers(), Incidents), _confirmer, Engines, Options.Create(new DetectorOptions()), Time, NullLogger<DetectionWorker>.Instance);

    private StoredRun Run(double waitMs, double failing)
    {
        if (_random.NextDouble() < failing)
        {
            return new StoredRun(RunStatus.Failed, FailureSource.Target, 5000, 4000, -1, -1, -1, -1, -1);
        }

        var wait = (long)(1000 * waitMs * (0.9 + (0.2 * _random.NextDouble())));
        return new StoredRun(RunStatus.Passed, FailureSource.None, wait + 5000, 4000, 500, -1, 100, wait, 400);
    }

    private sealed class NoAgents : IAgentRegistry
    {
        public IReadOnlyList<AgentStatus> Agents() => [];
    }
}
