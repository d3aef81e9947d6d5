using System.Data.Common;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Quorum;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>Has these agents run a check once, now; null when too many runs on demand are under way.</summary>
internal delegate Task<IReadOnlyList<OnDemandRun>?> RunOn(CatalogCheck check, IReadOnlyList<int> agents, TimeSpan timeout, CancellationToken ct);

/// <summary>Asks other agents, or the same once more, about what is suspected, within its bounds; what they answer is in the book before the next round of judgments.</summary>
internal sealed class Confirmer : BackgroundService
{
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);

    private readonly Dictionary<(int CheckId, string Region), DateTimeOffset> _asked = [];
    private readonly Channel<(Suspicion Suspicion, IReadOnlyList<int> Agents)> _wanted;
    private readonly Allowance _allowance;
    private readonly ConfirmationOptions _options;
    private readonly ICatalog _catalog;
    private readonly IAgentRegistry _registry;
    private readonly EngineBook _engines;
    private readonly RunOn _runOn;
    private readonly ConfirmationBook _book;
    private readonly ConfirmationMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly ILogger<Confirmer> _log;

    public Confirmer(
        ICatalog catalog, IAgentRegistry registry, EngineBook engines, RunOn runOn, ConfirmationBook book, ConfirmationMetrics metrics, IOptions<ConfirmationOptions> options, TimeProvider time, ILogger<Confirmer> log)
    {
        (_catalog, _registry, _engines, _runOn, _book, _metrics, _options, _time, _log) = (catalog, registry, engines, runOn, book, metrics, options.Value, time, log);
        _allowance = new Allowance(_options.PerMinute);
        // As many may wait as run; what comes beyond would be answered when it is no longer asked.
        _wanted = Channel.CreateBounded<(Suspicion, IReadOnlyList<int>)>(_options.AtOnce);
    }

    internal ConfirmationBook Book => _book;

    /// <summary>Takes those whose turn it is; never waits. Pairs that were never confirmed go first.</summary>
    internal void Ask(IReadOnlyList<Suspicion> suspicions)
    {
        var now = _time.GetUtcNow();
        var agents = new Lazy<IReadOnlyList<AgentStatus>>(_registry.Agents);
        foreach (var suspicion in suspicions.OrderBy(s => _asked.ContainsKey((s.Check.Id, s.Region))))
        {
            Ask(suspicion, now, agents);
        }

        foreach (var over in _asked.Where(a => now - a.Value > TimeSpan.FromDays(1)).Select(a => a.Key).ToList())
        {
            _asked.Remove(over);
        }
    }

    /// <summary>Asks about one; false when that came to nothing, for whatever reason.</summary>
    internal async Task<bool> ConfirmAsync(Suspicion suspicion, IReadOnlyList<int> agents, CancellationToken ct)
    {
        var (check, at) = (suspicion.Check, _time.GetUtcNow());
        var timeout = check.Check.Timeout + Margin < Longest ? check.Check.Timeout + Margin : Longest;
        try
        {
            if (await _runOn(check, agents, timeout, ct) is not { } runs)
            {
                _metrics.Dropped("busy");
                return false;
            }

            await _book.AddAsync(check.Id, suspicion.Region, [.. runs.Select(r => Read(r, suspicion, at))], _time.GetUtcNow(), ct);
            _metrics.Made();
            return true;
        }
        catch (Exception fault) when (!ct.IsCancellationRequested && fault is DbException or DbUpdateException or InvalidOperationException or TimeoutException or IOException)
        {
            Log.ConfirmingFailed(_log, check.Check.Name, suspicion.Region, fault.Message);
            _metrics.Dropped("failed");
            return false;
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(Enumerable.Range(0, _options.AtOnce).Select(async _ =>
    {
        await foreach (var (suspicion, agents) in _wanted.Reader.ReadAllAsync(stoppingToken))
        {
            await ConfirmAsync(suspicion, agents, stoppingToken);
        }
    }));

    private void Ask(Suspicion suspicion, DateTimeOffset now, Lazy<IReadOnlyList<AgentStatus>> agents)
    {
        var pair = (suspicion.Check.Id, suspicion.Region);
        // What another leader asked for counts too.
        var said = _book.Of(pair.Id, pair.Region);
        var last = Latest(_asked.TryGetValue(pair, out var then) ? then : null, said is [.., { At: var stored }] ? stored : null);
        if (_options.Agents == 0 || !ConfirmationPlan.IsDue(suspicion, last, ConfirmationPlan.Failed(said, pair.Region, now, _options.Cooling), now, _options.Cooling))
        {
            return;
        }

        // When much fails at once most come to nothing: whom to ask is looked for only when somebody can be asked.
        var busy = _wanted.Reader.Count >= _options.AtOnce;
        if (busy || !_allowance.Has(now, ConfirmationPlan.IsRepeated(suspicion, last)))
        {
            _metrics.Dropped(busy ? "busy" : "rate");
            return;
        }

        // Only where the check runs anyway: to be asked about it gives nobody a new target.
        var places = Regions.Places(_catalog.Current, suspicion.Check.Check).ToHashSet(StringComparer.Ordinal);
        var chosen = ConfirmationPlan.Choose(suspicion.Region, suspicion.SeenBy, agents.Value.Where(a => places.Contains(a.Location) && Engines.MayConfirm(a.Id, suspicion.SeenBy, _engines.Known)), _options.Agents);
        if (chosen.Count == 0)
        {
            return;
        }

        if (_allowance.Take(now, ConfirmationPlan.IsRepeated(suspicion, last)) && _wanted.Writer.TryWrite((suspicion, [.. chosen.Select(a => a.Id)])))
        {
            _asked[pair] = now;
        }
    }

    private ConfirmingRun Read(OnDemandRun run, Suspicion suspicion, DateTimeOffset at)
    {
        var (snapshot, state) = (_catalog.Current, run.State.ToString());
        var agent = snapshot.AgentsByPublicId.GetValueOrDefault(run.Agent);
        var result = run.Result;
        return new ConfirmingRun
        {
            AgentId = agent?.Id ?? 0,
            Agent = agent is null ? run.Location : Agents.NameOf(agent.Id, suspicion.Check.Check.Name, snapshot),
            Location = run.Location,
            Region = snapshot.RegionOfLocation(run.Location),
            Again = agent is not null && suspicion.SeenBy.Contains(agent.Id),
            State = char.ToLowerInvariant(state[0]) + state[1..],
            Passed = result is null or { Source: FailureSource.Agent } or { Status: RunStatus.Missed } || result.Unfit.Length > 0 ? null : result.Status == RunStatus.Passed,
            Reason = result is null ? run.Reason : result.Unfit.Length > 0 ? $"the agent is unfit: {result.Unfit}" : result.Reason,
            Source = result is null or { Source: FailureSource.None } ? "" : result.Source.ToString().ToLowerInvariant(),
            DurationMs = result is null ? null : Math.Round(result.Duration.TotalMilliseconds, 3),
            Address = result?.Address ?? "",
            At = at,
        };
    }

    private static DateTimeOffset? Latest(DateTimeOffset? one, DateTimeOffset? other) => other is null || one > other ? one : other;
}
