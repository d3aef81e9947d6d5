using CsCheck;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class RankTestTests
{
    // The example of scipy.stats.mannwhitneyu: U = 17, p = 0.1113 on two sides, asymptotic with continuity correction.
    [Test]
    public void Agrees_with_a_published_example()
    {
        var compared = RankTest.Larger(Sketched(19, 22, 16, 29, 24), Sketched(20, 11, 17, 12));
        Assert.That(compared.Superiority, Is.EqualTo(17.0 / 20).Within(1e-12));
        Assert.That(compared.PValue, Is.EqualTo(0.11134688653314041 / 2).Within(1e-7));
    }

    // By hand: U = 6 of 9; variance 9/12 * (7 - 48/30) = 4.05; z = (6 - 4.5 - 0.5) / 2.0125 = 0.4969.
    [Test]
    public void Corrects_for_ties()
    {
        var compared = RankTest.Larger(Sketched(10, 20, 20), Sketched(10, 10, 20));
        Assert.That(compared.Superiority, Is.EqualTo(6.0 / 9).Within(1e-12));
        Assert.That(compared.PValue, Is.EqualTo(0.30963).Within(1e-4));
    }

    [Test]
    public void Finds_nothing_among_equal_values() =>
        Assert.That(RankTest.Larger(Sketched(5, 5, 5), Sketched(5, 5)), Is.EqualTo(new RankComparison(0.5, 0.5)));

    [Test]
    public void Superiority_of_one_over_the_other_and_back_add_up_to_one() =>
        Gen.Select(Samples, Samples).Sample((a, b) =>
        {
            var (there, back) = (RankTest.Larger(Sketched(a), Sketched(b)), RankTest.Larger(Sketched(b), Sketched(a)));
            return Math.Abs(there.Superiority + back.Superiority - 1) < 1e-9 && there.PValue is >= 0 and <= 1;
        });

    [Test]
    public void A_slower_sample_is_never_less_significant() =>
        Gen.Select(Samples, Samples, Gen.Double[1, 10]).Sample((a, b, factor) =>
            RankTest.Larger(Sketched([.. a.Select(v => v * factor)]), Sketched(b)).Superiority >= RankTest.Larger(Sketched(a), Sketched(b)).Superiority - 0.03);

    private static Gen<double[]> Samples => Gen.Double[1, 500].Array[1, 60];

    private static Sketch Sketched(params double[] values)
    {
        var sketch = new Sketch();
        foreach (var value in values)
        {
            sketch.Add(value);
        }

        return sketch;
    }
}
