using CsCheck;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Catalog;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Assignment;

public sealed class AssignerTests
{
    private static readonly Gen<List<CatalogCheck>> Checks =
        Gen.Select(Gen.Int[0, 40], Gen.Int[0, 3], (count, spread) => Enumerable.Range(0, count).Select(i => Made(i, spread)).ToList());

    private static readonly Gen<List<Candidate>> Agents =
        Gen.Select(Gen.String[Gen.Char['a', 'z'], 3, 8], Gen.Int[0, 3], (id, place) => new Candidate(id, $"place-{place}"))
            .List[0, 12].Select(all => all.DistinctBy(a => a.PublicId).ToList());

    [Test]
    public void Every_check_has_exactly_one_agent_in_each_of_its_locations_that_has_a_live_one() =>
        Gen.Select(Checks, Agents).Sample((checks, agents) =>
        {
            var assigned = Assigner.Assign(checks, agents);
            foreach (var check in checks)
            {
                foreach (var location in agents.GroupBy(a => a.Location))
                {
                    var wanted = check.Check.Locations.Count == 0 || check.Check.Locations.Contains(location.Key) ? 1 : 0;
                    Assert.That(location.Count(a => assigned[a.PublicId].Contains(check)), Is.EqualTo(wanted));
                }
            }
        });

    [Test]
    public void When_an_agent_dies_only_its_checks_move() =>
        Gen.Select(Checks, Agents.Where(a => a.Count > 1)).Sample((checks, agents) =>
        {
            var before = Assigner.Assign(checks, agents);
            var after = Assigner.Assign(checks, agents.Skip(1));
            foreach (var survivor in agents.Skip(1))
            {
                var had = before[survivor.PublicId];
                Assert.That(had, Is.SubsetOf(after[survivor.PublicId]));
                Assert.That(after[survivor.PublicId].Except(had), Is.SubsetOf(before[agents[0].PublicId]));
            }
        });

    [Test]
    public void The_order_of_checks_and_agents_does_not_matter() =>
        Gen.Select(Checks, Agents).Sample((checks, agents) =>
        {
            var one = Assigner.Assign(checks, agents);
            var other = Assigner.Assign(checks.AsEnumerable().Reverse(), agents.AsEnumerable().Reverse());
            Assert.That(one.All(a => a.Value.SequenceEqual(other[a.Key])));
        });

    [Test]
    public void Many_checks_are_shared_about_evenly()
    {
        var checks = Enumerable.Range(0, 1000).Select(i => Made(i, 0)).ToList();
        var assigned = Assigner.Assign(checks, Enumerable.Range(0, 4).Select(i => new Candidate($"agent{i}", "place-0")));
        Assert.That(assigned.Values.Select(v => v.Length), Is.All.InRange(190, 310));
    }

    /// <param name="spread">0: runs everywhere; else in so many of the locations.</param>
    private static CatalogCheck Made(int i, int spread)
    {
        var check = RunningOrchestrator.TcpCheck($"check-{i}", [.. Enumerable.Range(0, spread).Select(s => $"place-{(i + s) % 4}")]);
        return new CatalogCheck(i, check with { Revision = 1 }, DateTimeOffset.UnixEpoch, false);
    }
}
