using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Quorum;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Sessions;

namespace Probes.Tests.Orchestrator.Detection.Quorum;

/// <summary>What must not be believed: too few agents, stale ones, and those that measure differently.</summary>
public sealed class FailSafeTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly Check Shop = new() { Name = "shop", Interval = TimeSpan.FromSeconds(10), Probe = new TcpSpec { Host = "shop.test", Port = 443 } };
    private static readonly long First = MinuteHistory.MinuteOf(Noon);

    private readonly Dictionary<int, AgentEngine> _engines = [];
    private RegionWatch _watch = null!;
    private string? _engine;

    [SetUp]
    public void Begin() => (_watch, _engine) = (new RegionWatch("shop", "eu", Noon), null);

    [TearDown]
    public void Forget() => _engines.Clear();

    [Test]
    public void The_quorum_does_not_shrink_with_the_agents_that_are_there()
    {
        var options = new DetectorOptions { QuorumAgents = 2 };
        Assert.That(Run(0, 30, options, 1, 2).Level, Is.EqualTo(Level.Healthy));
        var one = Run(30, 6, options, 1);
        Assert.That((one.Level, one.Sentence), Is.EqualTo((Level.Unknown, "eu is unknown: not enough evidence, 1 of the 2 agents that must tell of it did lately.")));
        Assert.That(Run(36, 6, options, (1, 40, false)).Level, Is.EqualTo(Level.Unknown), "one that fails is not enough to call it down");
        Assert.That(Run(42, 3, options, 1, 2).Level, Is.EqualTo(Level.Healthy));
    }

    [Test]
    public void No_agents_agree_on_nothing() =>
        Assert.That(Run(0, 3, new DetectorOptions(), Array.Empty<int>()).Level, Is.EqualTo(Level.Unknown));

    [Test]
    public void The_last_word_of_an_agent_that_fell_silent_has_no_vote()
    {
        var options = new DetectorOptions { QuorumAgents = 2 };
        Run(0, 30, options, 1, 2);
        var soon = Run(30, 1, options, 1);
        Assert.That(soon.Level, Is.EqualTo(Level.Healthy), "within three intervals it may only be late");
        Assert.That(Run(31, 2, options, 1).Level, Is.EqualTo(Level.Unknown));
    }

    [Test]
    public void An_hour_without_a_result_is_not_up()
    {
        Run(0, 30, new DetectorOptions(), 1);
        Assert.That(Run(30, 60, new DetectorOptions(), Array.Empty<int>()).Level, Is.EqualTo(Level.Unknown));
    }

    [Test]
    public void What_is_flagged_is_not_taken_for_well_when_the_quorum_is_gone()
    {
        var options = new DetectorOptions { QuorumAgents = 2 };
        Run(0, 30, options, 1, 2);
        Run(30, 5, options, (1, 40, false), (2, 40, false));
        var gone = Run(35, 10, options, 1);
        Assert.That((gone.Level, gone.Shows), Is.EqualTo((Level.Down, false)));
        Assert.That(gone.Sentence, Does.Contain("nothing is known of it now: not enough evidence"));
    }

    [Test]
    public void One_agent_of_another_engine_flips_no_verdict_and_is_named()
    {
        (_engines[1], _engines[2], _engines[3]) = (new("1", 0), new("1", 0), new("2", 0));
        var verdict = Run(0, 40, new DetectorOptions(), (1, 40, true), (2, 40, true), (3, 400, false));
        Assert.That((verdict.Level, verdict.Evidence.Agents), Is.EqualTo((Level.Healthy, 2)));
        Assert.That((_engine, _watch.History.CountsFrom.Keys.ToArray()), Is.EqualTo(("1", new[] { 3 })));
    }

    [Test]
    public void An_agent_that_measures_anew_has_no_old_baseline_and_its_change_is_no_degradation()
    {
        _engines[1] = new("1", 0);
        Run(0, 60, new DetectorOptions(), 1);
        _engines[1] = new("2", First + 60);
        var levels = Enumerable.Range(60, 30).Select(m => Run(m, 1, new DetectorOptions(), (1, 90, true))).ToList();
        Assert.That(levels.Select(v => v.Level), Is.All.EqualTo(Level.Healthy).Or.EqualTo(Level.Unknown));
        Assert.That((levels[^1].Level, levels[^1].Evidence.BaselineMedianMs), Is.EqualTo((Level.Healthy, (double?)90)).Within(1.0));
        _engines.Clear();
        Assert.That(Run(90, 2, new DetectorOptions(), (1, 200, true)).Level, Is.EqualTo(Level.Degraded), "a real one is found");
    }

    [Test]
    public void A_restart_of_an_agent_is_no_incident()
    {
        Run(0, 30, new DetectorOptions(), 1);
        var verdicts = Enumerable.Range(30, 10).Select(m => m == 32 ? Run(m, 1, new DetectorOptions(), Array.Empty<int>()) : Run(m, 1, new DetectorOptions(), 1)).ToList();
        Assert.That(verdicts.Select(v => v.Level), Is.All.EqualTo(Level.Healthy).Or.EqualTo(Level.Unknown));
        Assert.That(verdicts[^1].Level, Is.EqualTo(Level.Healthy));
    }

    private Verdict Run(int from, int minutes, DetectorOptions options, params int[] agents) => Run(from, minutes, options, [.. agents.Select(a => (a, 40.0, true))]);

    // Six runs a minute of each agent, judged at the end of each minute.
    private Verdict Run(int from, int minutes, DetectorOptions options, params (int Agent, double Ms, bool Passes)[] agents)
    {
        Verdict? last = null;
        for (var minute = First + from; minute < First + from + minutes; minute++)
        {
            foreach (var (agent, ms, passes) in agents)
            {
                var runs = Enumerable.Range(0, 6).Select(i => passes
                    ? new StoredRun(RunStatus.Passed, FailureSource.None, (long)(1000 * ms) + (100 * i), -1, -1, -1, -1, -1, -1)
                    : new StoredRun(RunStatus.Failed, FailureSource.Target, 1000, -1, -1, -1, -1, -1, -1));
                _watch.History.Put(new RollupKey(1, agent, minute), RollupCodec.Encode(RollupBuilder.Build(runs)));
            }

            _engine = EngineView.Apply(_watch.History, Shop, minute, _engines, EngineView.AreAlike(minute, _engines));
            last = _watch.Judge(Shop, MinuteHistory.Start(minute).AddSeconds(59), options);
        }

        return last!;
    }
}
