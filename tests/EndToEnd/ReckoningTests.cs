using Probes.Faults.Accounting;

namespace Probes.Tests.EndToEnd;

/// <summary>The fault suite's accounting sees what it is there to see.</summary>
public sealed class ReckoningTests
{
    private const long Second = 1_000_000;
    private const long Start = 1_000_000 * Second;

    private HitLog _hits = null!;
    private List<StoredRun> _runs = null!;

    [SetUp]
    public void Three_hundred_requests_and_their_results()
    {
        (_hits, _runs) = (new HitLog(), []);
        for (var i = 0; i < 300; i++)
        {
            var code = _hits.Add("agent-1-0", Start + (i * Second));
            _runs.Add(new StoredRun("agent-1-0", Start + (i * Second) - 5000, 2000, 10_000, code));
        }
    }

    [Test]
    public void What_is_there_once_is_stored() => Assert.That(Fates(), Is.EqualTo(new[] { (Fate.Stored, 300) }));

    [Test]
    public void A_result_that_is_not_there_is_lost()
    {
        _runs.RemoveAt(150);
        Assert.That(Fates(), Is.EquivalentTo(new[] { (Fate.Stored, 299), (Fate.Lost, 1) }));
    }

    [Test]
    public void A_result_that_is_there_twice_is_seen()
    {
        _runs.Add(_runs[150]);
        Assert.That(Fates(), Is.EquivalentTo(new[] { (Fate.Stored, 299), (Fate.Twice, 1) }));
    }

    [Test]
    public void A_late_result_is_not_taken_for_its_neighbour()
    {
        _runs.RemoveAt(150);
        _runs[151] = _runs[151] with { LateUs = -1_500_000 };
        Assert.That(Fates(), Is.EquivalentTo(new[] { (Fate.Stored, 299), (Fate.Lost, 1) }));
    }

    [Test]
    public void Results_of_a_moved_clock_are_told_by_the_shift()
    {
        _runs[150] = _runs[150] with { DueUs = _runs[150].DueUs + (3600 * Second) };
        Assert.That(Fates(shifts: 3600 * Second), Is.EqualTo(new[] { (Fate.Stored, 300) }));
    }

    [Test]
    public void Runs_in_a_gap_are_dropped_and_no_more_than_it_says()
    {
        _runs.RemoveRange(150, 10);
        var gap = new GapRun("agent-1-0", "agent-1", 1, 9, _runs[149].DueUs + Second, _runs[149].DueUs + (10 * Second));
        Assert.That(Fates([gap]), Is.EquivalentTo(new[] { (Fate.Stored, 290), (Fate.Dropped, 9), (Fate.Lost, 1) }));
    }

    [Test]
    public void A_gap_over_what_is_stored_counts_twice()
    {
        var gap = new GapRun("agent-1-0", "agent-1", 1, 10, _runs[150].DueUs, _runs[159].DueUs);
        Assert.That(Fates([gap]), Is.EquivalentTo(new[] { (Fate.Stored, 300), (Fate.Twice, 10) }));
    }

    [Test]
    public void A_result_of_no_request_is_seen()
    {
        var reckoning = new Reckoning(_hits, TimeSpan.FromSeconds(1), []);
        reckoning.Judge([.. _runs, new StoredRun("agent-1-0", Start + (900 * Second), 0, 0, 200)], [], _ => "agent-1", long.MaxValue, (_, _) => false);
        Assert.That(reckoning.Unseen, Is.EqualTo(1));
    }

    private (Fate Fate, int Count)[] Fates(IReadOnlyList<GapRun>? gaps = null, params long[] shifts) =>
        [.. new Reckoning(_hits, TimeSpan.FromSeconds(1), shifts).Judge(_runs, gaps ?? [], _ => "agent-1", long.MaxValue, (_, _) => false)
            .GroupBy(j => j.Fate).Select(g => (g.Key, g.Count()))];
}
