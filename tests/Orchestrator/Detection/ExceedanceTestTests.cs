using CsCheck;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class ExceedanceTestTests
{
    [Test]
    public void Five_of_five_above_all_of_sixty_happen_by_chance_once_in_eight_million() =>
        Assert.That(ExceedanceTest.Tail(5, 5, 0, 60), Is.EqualTo(1 / 8_259_888.0).Within(1e-12));

    [Test]
    public void The_chances_of_all_outcomes_are_one() =>
        Gen.Select(Gen.Long[1, 30], Gen.Long[1, 200]).SelectMany(s => Gen.Select(Gen.Const(s), Gen.Long[0, s.Item2 - 1]))
            .Sample((sizes, above) => Math.Abs(ExceedanceTest.Tail(0, sizes.Item1, above, sizes.Item2) - 1) < 1e-9);

    [Test]
    public void Equal_values_are_no_evidence() => Assert.That(ExceedanceTest.Larger(Of(5, _ => 100), Of(60, _ => 100)), Is.EqualTo(1));

    [Test]
    public void Under_chance_alone_a_small_p_value_is_as_rare_as_it_says()
    {
        var random = new Random(7);
        var small = 0;
        const int Tries = 20_000;
        for (var i = 0; i < Tries; i++)
        {
            var (now, then) = (Of(6, _ => Heavy(random)), Of(60, _ => Heavy(random)));
            small += ExceedanceTest.Larger(now, then) < 0.01 ? 1 : 0;
        }

        Assert.That(small / (double)Tries, Is.LessThan(0.012));
    }

    private static double Heavy(Random random) => 50 * Math.Pow(1 - random.NextDouble(), -1 / 1.5);

    private static Sketch Of(int count, Func<int, double> value)
    {
        var sketch = new Sketch();
        for (var i = 0; i < count; i++)
        {
            sketch.Add(value(i));
        }

        return sketch;
    }
}
