using Probes.Agent.Fitness;

namespace Probes.Tests.Agent.Fitness;

public sealed class FitnessStateTests
{
    private static readonly Look Good = Look.Good;
    private static readonly Look Bad = new(Health.Bad, "bad");

    [Test]
    public void It_begins_with_two_bad_looks_in_a_row_since_the_look_before_them()
    {
        var state = See(FitnessState.Fit, 1, Good);
        state = See(state, 2, Bad);
        Assert.That(state.Now, Is.Empty);
        state = See(state, 3, Bad);
        Assert.That(state.Now.Single(), Is.EqualTo(new UnfitSpan(Sides.Cpu, "bad", S(1), null)));
    }

    [Test]
    public void One_bad_look_between_good_ones_is_nothing()
    {
        var state = FitnessState.Fit;
        for (var at = 1; at < 50; at++)
        {
            state = See(state, at, at % 2 == 0 ? Bad : Good);
            Assert.That(state.Spans, Is.Empty);
        }
    }

    [Test]
    public void What_is_certain_begins_at_once_and_with_its_evidence()
    {
        var state = See(FitnessState.Fit, 20, new Look(Health.Certain, "stopped"));
        Assert.That(state.Now.Single().From, Is.EqualTo(S(0)));
        Assert.That(See(FitnessState.Fit, 20, new Look(Health.Certain, "silent", S(14))).Now.Single().From, Is.EqualTo(S(14)));
    }

    [Test]
    public void It_ends_after_twenty_seconds_without_a_bad_look_and_a_suspect_one_is_not_health()
    {
        var state = See(FitnessState.Fit, 1, new Look(Health.Certain, "x"));
        state = See(state, 5, new Look(Health.Suspect));
        state = See(state, 24, Good);
        Assert.That(state.Now, Is.Not.Empty);
        state = See(state, 25, Good);
        Assert.That(state.Now, Is.Empty);
        Assert.That(state.Spans.Single().To, Is.EqualTo(S(25)));
    }

    [Test]
    public void A_run_is_marked_when_any_part_of_it_was_unfit()
    {
        var state = See(See(FitnessState.Fit, 100, Good), 110, new Look(Health.Certain, "x"));
        state = state.After([(Sides.Resolver, new Look(Health.Certain, "y", S(109)))], S(111));
        for (var at = 112; at < 140; at++)
        {
            state = state.After([(Sides.Cpu, Good), (Sides.Resolver, Good)], S(at));
        }

        Assert.That(state.Now, Is.Empty);
        Assert.That(state.During(S(90), S(99.9)), Is.Empty, "before");
        Assert.That(state.During(S(99), S(101)), Is.EqualTo("cpu"), "under way when it began");
        Assert.That(state.During(S(112), S(113)), Is.EqualTo("cpu,resolver"));
        Assert.That(state.During(S(129), S(150)), Is.EqualTo("cpu,resolver"), "begun before it ended");
        Assert.That(state.During(S(140), S(150)), Is.Empty, "after");
    }

    [Test]
    public void What_is_long_over_is_forgotten()
    {
        var state = See(FitnessState.Fit, 1, new Look(Health.Certain, "x"));
        for (var at = 2; at < 700; at++)
        {
            state = See(state, at, Good);
        }

        Assert.That(state.Spans, Is.Empty);
    }

    private static FitnessState See(FitnessState state, double at, Look look) => state.After([(Sides.Cpu, look)], S(at));

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
