using CsCheck;
using Probes.Orchestrator.Rollups;

namespace Probes.Tests.Orchestrator.Rollups;

internal sealed class SketchTests
{
    /// <summary>Latencies from a microsecond to ten minutes, evenly over the orders of magnitude, with the ends often.</summary>
    internal static readonly Gen<double> Milliseconds = Gen.Frequency(
        (8, Gen.Double[-3, 5.778].Select(e => Math.Pow(10, e))), (1, Gen.Const(0.001)), (1, Gen.Const(600_000.0)));

    [Test]
    public void Percentiles_of_merged_agents_are_within_one_percent_of_the_exact_ones() =>
        Milliseconds.Array[1, 200].Array[1, 6].Sample(agents =>
        {
            var region = new Sketch();
            foreach (var agent in agents)
            {
                region.Merge(Of(agent));
            }

            var exact = agents.SelectMany(a => a).Order().ToArray();
            foreach (var q in new[] { 0, 0.5, 0.95, 0.99, 1 })
            {
                var truth = exact[(int)Math.Floor(q * (exact.Length - 1))];
                Assert.That(region.Quantile(q), Is.EqualTo(truth).Within(1.0000001).Percent, $"q {q} of {exact.Length}");
            }
        });

    [Test]
    public void Merging_is_associative_and_commutative() =>
        Gen.Select(Milliseconds.Array[0, 50], Milliseconds.Array[0, 50], Milliseconds.Array[0, 50]).Sample((a, b, c) =>
        {
            var left = Merged(Merged(Of(a), Of(b)), Of(c));
            var right = Merged(Of(a), Merged(Of(c), Of(b)));
            Assert.That(left.Buckets(), Is.EqualTo(right.Buckets()));
            Assert.That(left.Count, Is.EqualTo(right.Count));
            Assert.That(left.Sum, Is.EqualTo(right.Sum).Within(1e-9).Percent);
        });

    [Test]
    public void What_was_merged_can_be_taken_away_again_and_what_was_not_cannot() =>
        Gen.Select(Milliseconds.Array[0, 50], Milliseconds.Array[0, 50]).Sample((a, b) =>
        {
            var both = Merged(Of(a), Of(b));
            Assert.That(both.TrySubtract(Of(b)), Is.True);
            Assert.That((both.Buckets(), both.Count), Is.EqualTo((Of(a).Buckets(), (long)a.Length)));
            Assert.That(both.Sum, Is.EqualTo(a.Sum()).Within(1e-6 + (1e-9 * b.Sum())));
            var before = both.Buckets().ToList();
            Assert.That(both.TrySubtract(Merged(Of(a), Of([5]))), Is.False);
            Assert.That(both.Buckets(), Is.EqualTo(before), "nothing is changed");
        });

    [Test]
    public void Merging_with_an_empty_one_changes_nothing()
    {
        var sketch = Of([1, 2, 3]);
        sketch.Merge(new Sketch());
        var empty = new Sketch();
        empty.Merge(sketch);
        Assert.That(empty.Buckets(), Is.EqualTo(sketch.Buckets()));
        Assert.That(new Sketch().Quantile(0.5), Is.NaN);
    }

    internal static Sketch Of(IEnumerable<double> values)
    {
        var sketch = new Sketch();
        foreach (var value in values)
        {
            sketch.Add(value);
        }

        return sketch;
    }

    private static Sketch Merged(Sketch a, Sketch b)
    {
        a.Merge(b);
        return a;
    }
}
