using CsCheck;
using Probes.Orchestrator.Adherence;

namespace Probes.Tests.Orchestrator.Adherence;

public sealed class PeriodPlanTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly SchedulePlace Here = new(1, "eu-west");
    private static readonly long Minute = PeriodPlan.Minute(Noon);

    [Test]
    public void What_begins_counts_from_the_first_whole_minute_after_agents_had_time_to_hear_of_it()
    {
        Assert.That(Plan([], Ten, Noon.AddSeconds(49)).Opened.Single(), Is.EqualTo(new SchedulePeriod(Here, TimeSpan.FromSeconds(10), Minute + 1, null)));
        Assert.That(Plan([], Ten, Noon.AddSeconds(51)).Opened.Single().From, Is.EqualTo(Minute + 2));
    }

    [Test]
    public void What_goes_on_stays_and_what_ends_ends_before_the_minute_under_way()
    {
        var open = new SchedulePeriod(Here, TimeSpan.FromSeconds(10), Minute - 60, null);
        Assert.That(Plan([open], Ten, Noon).Changes, Is.False);
        Assert.That(Plan([open], [], Noon.AddSeconds(59)).Closed.Single(), Is.EqualTo((open, Minute)));
    }

    [Test]
    public void A_new_interval_ends_one_period_and_begins_another()
    {
        var open = new SchedulePeriod(Here, TimeSpan.FromSeconds(10), Minute - 60, null);
        var plan = Plan([open], new() { [Here] = TimeSpan.FromSeconds(30) }, Noon);
        Assert.That((plan.Closed.Single().To, plan.Opened.Single().From, plan.Opened.Single().Interval), Is.EqualTo((Minute, Minute + 1, TimeSpan.FromSeconds(30))));
    }

    [Test]
    public void What_ends_before_it_began_never_counts()
    {
        var open = Plan([], Ten, Noon).Opened.Single();
        Assert.That(Plan([open], [], Noon.AddSeconds(5)).Closed.Single().To, Is.EqualTo(open.From));
    }

    [Test]
    public void Whatever_changes_how_often_periods_of_a_place_never_overlap_and_a_second_plan_changes_nothing() =>
        Gen.Select(Gen.Int[0, 200], Gen.Int[0, 3]).Array[1, 30].Sample(changes =>
        {
            var (all, now) = (new List<SchedulePeriod>(), Noon);
            foreach (var (seconds, state) in changes)
            {
                now = now.AddSeconds(seconds);
                var wanted = state == 0 ? [] : new Dictionary<SchedulePlace, TimeSpan> { [Here] = TimeSpan.FromSeconds(10 * state) };
                var plan = PeriodPlan.Make([.. all.Where(p => p.To is null)], wanted, now);
                foreach (var (period, to) in plan.Closed)
                {
                    all.Remove(period);
                    all.AddRange(to > period.From ? [period with { To = to }] : []);
                }

                all.AddRange(plan.Opened);
                Assert.That(PeriodPlan.Make([.. all.Where(p => p.To is null)], wanted, now).Changes, Is.False);
            }

            var ordered = all.OrderBy(p => p.From).ToList();
            Assert.That(ordered.Zip(ordered.Skip(1)).All(p => p.First.To <= p.Second.From), string.Join('\n', ordered));
        });

    private static Dictionary<SchedulePlace, TimeSpan> Ten => new() { [Here] = TimeSpan.FromSeconds(10) };

    private static PeriodPlan Plan(SchedulePeriod[] open, Dictionary<SchedulePlace, TimeSpan> wanted, DateTimeOffset now) => PeriodPlan.Make(open, wanted, now);
}
