using Probes.Orchestrator.Detection.Season;

namespace Probes.Tests.Orchestrator.Detection.Season;

public sealed class RollingQuantilesTests
{
    [Test]
    public void Quantiles_are_those_of_the_last_values_sorted([Values(1, 7, 100)] int most, [Values(1, 2, 3)] int seed)
    {
        var (random, all, rolling) = (new Random(seed), new List<float>(), new RollingQuantiles(most));
        Assert.That(rolling.Quantile(0.5), Is.NaN);
        for (var i = 0; i < 300; i++)
        {
            var value = (float)Math.Round(random.NextDouble() * 20);
            all.Add(value);
            rolling.Add(value);
            var sorted = all.TakeLast(most).Order().ToList();
            foreach (var q in (double[])[0, 0.3, 0.5, 0.975, 1])
            {
                Assert.That(rolling.Quantile(q), Is.EqualTo(sorted[(int)Math.Round(q * (sorted.Count - 1))]));
            }
        }
    }
}
