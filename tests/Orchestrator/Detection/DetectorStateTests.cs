using Probes.Orchestrator.Detection;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class DetectorStateTests
{
    private static readonly DateTimeOffset Start = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly DetectorOptions Options = new();

    [Test]
    public void One_finding_flags_nothing_two_in_a_row_do() =>
        Assert.That(Levels("HDHDD"), Is.EqualTo("HHHHD"));

    [Test]
    public void Degraded_and_down_in_turn_flag_too() =>
        Assert.That(Levels("HDXDX"), Is.EqualTo("HHXXX"));

    [Test]
    public void It_takes_three_healthy_findings_in_a_row_to_heal() =>
        Assert.That(Levels("HDDHHDHHH"), Is.EqualTo("HHDDDDDDH"));

    [Test]
    public void Silence_ends_no_incident() =>
        Assert.That(Levels("HDDUUU"), Is.EqualTo("HHDDDD"));

    [Test]
    public void Silence_ends_health() =>
        Assert.That(Levels("HHU"), Is.EqualTo("HHU"));

    [Test]
    public void From_degraded_to_down_and_back_it_is_one_incident()
    {
        var states = States("HDDXXDD");
        Assert.That(states[^1].Level, Is.EqualTo(Level.Degraded));
        Assert.That(states[^1].Since, Is.EqualTo(states[2].Since));
    }

    private static string Levels(string judgments) =>
        string.Concat(States(judgments).Select(s => s.Level switch { Level.Healthy => 'H', Level.Degraded => 'D', Level.Down => 'X', _ => 'U' }));

    private static List<DetectorState> States(string judgments)
    {
        var state = DetectorState.New(Start);
        var all = new List<DetectorState>();
        foreach (var (i, c) in judgments.Index())
        {
            var level = c switch { 'H' => Level.Healthy, 'D' => Level.Degraded, 'X' => Level.Down, _ => Level.Unknown };
            var at = Start.AddSeconds(5 * i);
            state = state.After(new Judgment(level, new Evidence { WindowFrom = at.AddSeconds(-60) }, false), at, Options, Options.ToLeave);
            all.Add(state);
        }

        return all;
    }
}
