using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Confirmation;

namespace Probes.Benchmarks.Detection;

/// <summary>Agents that are asked about what is in doubt, as live: others of the region or the same once more, and one of each other region. What they say is known by the next look.</summary>
internal sealed class AskedAgents(Scenario scenario)
{
    private readonly Random _random = new(scenario.Seed + 1);
    private readonly ConfirmationOptions _options = new();
    private readonly Dictionary<(int Check, int Region), List<ConfirmingRun>> _said = [];

    public IReadOnlyList<ConfirmingRun> Of((int Check, int Region) pair) => _said.GetValueOrDefault(pair) ?? [];

    /// <summary>Asks when it is time to.</summary>
    public void Doubt((int Check, int Region) pair, Check check, RegionWatch watch, Verdict verdict, TimeSpan now)
    {
        var last = Of(pair) is [.., var latest] ? latest.At : (DateTimeOffset?)null;
        if (ConfirmedWatch.Doubt(watch, new CatalogCheck(pair.Check, check, default, false), verdict) is not { } doubt
            || !ConfirmationPlan.IsDue(doubt, last, ConfirmationPlan.Failed(Of(pair), OurJudge.Region(pair.Region), verdict.JudgedAt, _options.Cooling), verdict.JudgedAt, _options.Cooling))
        {
            return;
        }

        var others = Enumerable.Range(0, scenario.Agents).Where(a => !doubt.SeenBy.Contains(OurJudge.AgentId(pair.Region, a))).Take(_options.Agents / 2).ToList();
        var there = others.Count > 0 ? others : [doubt.SeenBy.Select(a => a - OurJudge.AgentId(pair.Region, 0)).FirstOrDefault()];
        var elsewhere = Enumerable.Range(0, scenario.Regions).Where(r => r != pair.Region).Take(_options.Agents - there.Count);
        if (!_said.TryGetValue(pair, out var said))
        {
            _said[pair] = said = [];
        }

        said.AddRange(there.Select(a => Run(pair.Region, a, others.Count == 0)).Concat(elsewhere.Select(r => Run(r, 0, false))));

        ConfirmingRun Run(int region, int agent, bool again)
        {
            var draft = Simulator.Draw(scenario, new Spot(pair.Check, region, agent, now), _random);
            return new ConfirmingRun
            {
                AgentId = OurJudge.AgentId(region, agent),
                Agent = $"agent-{region}-{agent}",
                Location = OurJudge.Region(region),
                Region = OurJudge.Region(region),
                Again = again,
                State = draft.Lost ? "noAnswer" : "done",
                Passed = draft.Lost || draft.Source == FailureSource.Agent ? null : draft.Status == RunStatus.Passed,
                At = verdict.JudgedAt,
            };
        }
    }
}
