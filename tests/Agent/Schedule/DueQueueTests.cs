using CsCheck;
using Probes.Agent.Schedule;
using Probes.Contracts.Checks;
using Check = Probes.Contracts.Checks.Check;

namespace Probes.Tests.Agent.Schedule;

public sealed class DueQueueTests
{
    private static readonly long Start = DueQueue.Ticks(new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero));

    [Test]
    public void The_grid_has_one_phase_for_each_check_and_location()
    {
        var grid = ScheduleGrid.For("web", "eu-west", TimeSpan.FromSeconds(60));
        Assert.That(ScheduleGrid.For("web", "eu-west", TimeSpan.FromSeconds(60)), Is.EqualTo(grid));
        Assert.That(ScheduleGrid.For("web", "us-east", TimeSpan.FromSeconds(60)), Is.Not.EqualTo(grid));
        Assert.That(ScheduleGrid.For("web", "eu-west", TimeSpan.FromSeconds(60)).Offset, Is.EqualTo(grid.Offset), "stable over builds");
    }

    [Test]
    public void Next_is_the_first_grid_time_after_any_time() =>
        Gen.Select(Gen.Long[1, 86_400_000], Gen.Long[0, long.MaxValue / 4]).Sample((ms, t) =>
        {
            var grid = ScheduleGrid.For("c", "l", TimeSpan.FromMilliseconds(ms));
            var next = grid.NextAfter(t);
            Assert.That(next, Is.GreaterThan(t));
            Assert.That(next - grid.Interval, Is.LessThanOrEqualTo(t));
            Assert.That((next - grid.Offset) % grid.Interval, Is.Zero);
            Assert.That(grid.LastAtOrBefore(next), Is.EqualTo(next));
        });

    [Test]
    public void Ten_thousand_checks_spread_evenly()
    {
        var tenths = new int[10];
        foreach (var i in Enumerable.Range(0, 10_000))
        {
            tenths[(int)(ScheduleGrid.For($"check-{i}", "eu-west", TimeSpan.FromSeconds(10)).Offset / TimeSpan.TicksPerSecond)]++;
        }

        Assert.That(tenths, Is.All.InRange(850, 1150));
    }

    // Rounds of random length, replacements at random: every grid time of every check that was scheduled throughout comes out once,
    // as due (never early, never beyond its window) or within a missed range.
    [Test]
    public void Every_due_time_comes_out_exactly_once_whatever_is_replaced() =>
        Gen.Select(Gen.Int[1, 6], Gen.Select(Gen.Int[1, 4000], Gen.Int[0, 63], Gen.Bool).List[1, 200]).Sample((kept, rounds) =>
        {
            var queue = new DueQueue();
            var always = Enumerable.Range(0, kept).Select(i => Check($"kept-{i}", 1 + (i % 3))).ToList();
            var now = Start;
            queue.Replace(always, "l", now);
            var seen = always.ToDictionary(c => c.Name, _ => new List<long>());
            foreach (var (ms, others, replace) in rounds)
            {
                if (replace)
                {
                    queue.Replace([.. always.Select(c => c with { Revision = others }), .. Enumerable.Range(0, others % 5).Select(i => Check($"other-{i}", 1 + (others % 4)))], "l", now);
                }

                now += ms * TimeSpan.TicksPerMillisecond;
                Collect(queue, now, seen);
            }

            foreach (var check in always)
            {
                var grid = ScheduleGrid.For(check.Name, "l", check.Interval);
                var expected = new List<long>();
                for (var t = grid.NextAfter(Start); t <= now; t += grid.Interval)
                {
                    expected.Add(t);
                }

                Assert.That(seen[check.Name], Is.EqualTo(expected));
            }
        }, iter: 300);

    // Two agents and a check that is moved between them again and again; each hears of a move at a moment of its own before it takes effect.
    [Test]
    public void A_check_that_is_handed_over_has_each_due_time_run_by_exactly_one_of_two_agents() =>
        Gen.Select(Gen.Int[1, 3], Gen.Select(Gen.Int[1, 2000], Gen.Int[0, 2000], Gen.Int[0, 900], Gen.Bool).List[1, 60]).Sample((seconds, moves) =>
        {
            var check = Check("c", seconds);
            var agents = new[] { new DueQueue(), new DueQueue() };
            agents[0].Replace([check], "l", Start);
            var seen = new Dictionary<string, List<long>> { ["c"] = [] };
            var (now, owner) = (Start, 0);
            foreach (var (pause, ahead, jitter, revised) in moves)
            {
                var told = new[] { now, now + (jitter * TimeSpan.TicksPerMillisecond) };
                var effective = Math.Max(told[0], told[1]) + (ahead * TimeSpan.TicksPerMillisecond) + 1;
                owner = 1 - owner;
                check = revised ? check with { Revision = check.Revision + 1 } : check;
                foreach (var agent in new[] { 0, 1 })
                {
                    now = told[agent];
                    Array.ForEach(agents, a => Collect(a, now, seen));
                    agents[agent].Replace(agent == owner ? [check] : [], "l", now, effective);
                }

                now = effective + (pause * TimeSpan.TicksPerMillisecond);
                Array.ForEach(agents, a => Collect(a, now, seen));
            }

            var grid = ScheduleGrid.For("c", "l", check.Interval);
            var expected = new List<long>();
            for (var t = grid.NextAfter(Start); t <= now; t += grid.Interval)
            {
                expected.Add(t);
            }

            Assert.That(seen["c"].Order(), Is.EqualTo(expected));
        }, iter: 1000);

    [Test]
    public void A_set_that_took_effect_a_moment_ago_runs_what_was_due_since_and_nothing_older()
    {
        var grid = ScheduleGrid.For("c", "l", TimeSpan.FromSeconds(4));
        var due = grid.NextAfter(Start);
        var queue = new DueQueue();
        queue.Replace([Check("c", 4)], "l", due + TimeSpan.TicksPerMillisecond, due - TimeSpan.TicksPerMillisecond);
        Assert.That(queue.Next, Is.EqualTo(due));
        queue = new DueQueue();
        queue.Replace([Check("c", 4)], "l", due + (2 * TimeSpan.TicksPerSecond), due - TimeSpan.TicksPerMillisecond);
        Assert.That(queue.Next, Is.EqualTo(due + grid.Interval));
    }

    [Test]
    public void A_later_set_may_take_back_what_an_earlier_one_was_about_to_end()
    {
        var queue = new DueQueue();
        queue.Replace([Check("c", 1)], "l", Start);
        var later = Start + (10 * TimeSpan.TicksPerSecond);
        queue.Replace([], "l", Start, later);
        queue.Replace([Check("c", 1)], "l", Start, later);
        List<DueRun> due = [];
        List<MissedRange> missed = [];
        queue.Advance(later + (20 * TimeSpan.TicksPerSecond), due, missed);
        Assert.That(due.Count + missed.Sum(m => m.Count), Is.EqualTo(30));
    }

    [Test]
    public void After_a_gap_the_lost_are_counted_and_at_most_one_runs()
    {
        var queue = new DueQueue();
        queue.Replace([Check("c", 1)], "l", Start);
        List<DueRun> due = [];
        List<MissedRange> missed = [];
        queue.Advance(Start + TimeSpan.FromHours(1).Ticks, due, missed);
        Assert.That(missed, Has.Count.EqualTo(1));
        Assert.That(missed[0].Count + due.Count, Is.EqualTo(3600));
        Assert.That(due, Has.Count.LessThanOrEqualTo(1));
    }

    [Test]
    public void After_a_clock_was_set_back_it_begins_anew_at_once()
    {
        var queue = new DueQueue();
        queue.Replace([Check("c", 1)], "l", Start);
        var earlier = Start - TimeSpan.FromHours(1).Ticks;
        queue.Realign(earlier);
        Assert.That(queue.Next, Is.InRange(earlier + 1, earlier + TimeSpan.TicksPerSecond));
    }

    [Test]
    public void A_changed_interval_begins_with_its_first_time_after_now()
    {
        var queue = new DueQueue();
        queue.Replace([Check("c", 3600)], "l", Start);
        queue.Replace([Check("c", 1)], "l", Start);
        Assert.That(queue.Next, Is.InRange(Start + 1, Start + TimeSpan.TicksPerSecond));
        queue.Replace([], "l", Start);
        Assert.That(queue.Next, Is.Null);
    }

    private static void Collect(DueQueue queue, long now, Dictionary<string, List<long>> seen)
    {
        List<DueRun> due = [];
        List<MissedRange> missed = [];
        queue.Advance(now, due, missed);
        foreach (var range in missed)
        {
            for (var i = 0; i < range.Count && seen.ContainsKey(range.Check.Name); i++)
            {
                seen[range.Check.Name].Add(DueQueue.Ticks(range.First + (range.Check.Interval * i)));
            }
        }

        foreach (var run in due)
        {
            var lateness = now - DueQueue.Ticks(run.Due);
            Assert.That(lateness, Is.InRange(0, run.Window.Ticks));
            if (seen.TryGetValue(run.Check.Name, out var times))
            {
                times.Add(DueQueue.Ticks(run.Due));
            }
        }
    }

    private static Check Check(string name, int seconds) => new()
    {
        Name = name,
        Interval = TimeSpan.FromSeconds(seconds),
        Timeout = TimeSpan.FromSeconds(1),
        Probe = new TcpSpec { Host = "127.0.0.1", Port = 9 },
    };
}
