using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store.Postgres;

namespace Probes.Tests.Orchestrator.Store;

public sealed class RecentRollupsTests
{
    private const long Minute = 29_000_000;

    [Test]
    public void What_was_written_is_known_for_five_minutes_at_least_and_forgotten_after_ten()
    {
        var recent = new RecentRollups();
        for (var minute = 0; minute < 60; minute++)
        {
            Assert.That(recent.Part([Key(minute)]).Known, Is.Empty);
            recent.Written([Key(minute)]);
            var known = Enumerable.Range(0, minute + 1).Where(m => recent.Part([Key(m)]).Known.Count == 1).ToList();
            Assert.That(known, Is.SupersetOf(Enumerable.Range(Math.Max(0, minute - 4), Math.Min(5, minute + 1))));
            Assert.That(known, Has.Count.LessThanOrEqualTo(10));
        }
    }

    [Test]
    public void After_a_wrong_guess_nothing_is_taken_for_new_for_a_while()
    {
        var recent = new RecentRollups();
        recent.Wrong();
        var parts = Enumerable.Range(0, 51).Select(m => recent.Part([Key(m)])).ToList();
        Assert.That(parts.Take(50).Select(p => p.New.Count), Has.All.Zero);
        Assert.That(parts[50].New, Has.Count.EqualTo(1));
    }

    private static RollupKey Key(int minute) => new(1, 1, Minute + minute);
}
