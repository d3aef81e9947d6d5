using System.Collections.Immutable;
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
            var assigned = Shares(checks, agents);
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
            var before = Shares(checks, agents);
            var after = Shares(checks, agents.Skip(1));
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
            var one = Shares(checks, agents);
            var other = Shares(checks.AsEnumerable().Reverse(), agents.AsEnumerable().Reverse());
            Assert.That(one.All(a => a.Value.SequenceEqual(other[a.Key])));
        });

    [Test]
    public void Many_checks_are_shared_about_evenly()
    {
        var checks = Enumerable.Range(0, 1000).Select(i => Made(i, 0)).ToList();
        var assigned = Shares(checks, Enumerable.Range(0, 4).Select(i => new Candidate($"agent{i}", "place-0")));
        Assert.That(assigned.Values.Select(v => v.Length), Is.All.InRange(190, 310));
    }

    [Test]
    public void No_agent_is_given_more_than_it_declares_and_what_has_no_room_is_shed_and_nothing_else() =>
        Gen.Select(Checks, Bounded).Sample((checks, agents) =>
        {
            foreach (var (place, plan) in Assigner.Assign(checks, agents).Locations)
            {
                var here = agents.Where(a => a.Location == place).ToDictionary(a => a.PublicId, a => a.Capacity);
                foreach (var (agent, share) in plan.Shares)
                {
                    Assert.That(here[agent] == 0 || share.Sum(Assigner.LoadOf) <= here[agent] + 1e-6, "never over capacity");
                }

                var wanted = checks.Where(c => c.Check.Locations.Count == 0 || c.Check.Locations.Contains(place));
                Assert.That(plan.Shares.Values.SelectMany(s => s).Concat(plan.Shed), Is.EquivalentTo(wanted), "each is given or shed");
                foreach (var shed in plan.Shed)
                {
                    Assert.That(plan.Shares.All(s => here[s.Key] > 0 && s.Value.Sum(Assigner.LoadOf) + Assigner.LoadOf(shed) > here[s.Key] - 1e-6), "nobody has room");
                }
            }
        });

    [Test]
    public void With_room_for_all_an_agent_that_joins_or_leaves_moves_little_more_than_its_own_share()
    {
        var (moved, own) = (0, 0);
        for (var seed = 0; seed < 40; seed++)
        {
            var checks = Enumerable.Range(seed * 1000, 200).Select(i => Made(i, 0)).ToList();
            var load = checks.Sum(Assigner.LoadOf);
            var agents = Enumerable.Range(0, 8).Select(i => new Candidate($"agent-{seed}-{i}", "place-0", false, load / 7 * 1.1)).ToList();
            var before = Shares(checks, agents);
            var after = Shares(checks, agents.Skip(1));
            var owners = after.SelectMany(a => a.Value.Select(c => (c, a.Key))).ToDictionary(p => p.c, p => p.Key);
            moved += before.Sum(a => a.Value.Count(c => owners[c] != a.Key));
            own += before[agents[0].PublicId].Length;
        }

        Assert.That(moved, Is.LessThan(own * 2.5));
    }

    [Test]
    public void A_check_goes_to_an_agent_that_can_run_it_when_there_is_one()
    {
        var checks = Enumerable.Range(0, 50).Select(i => Made(i, 0)).ToList();
        var old = new Candidate("old", "place-0", false, 0, Candidate.AbilitiesOf(["http"], []));
        var able = new Candidate("able", "place-0", false, 0, Candidate.AbilitiesOf(["http", "tcp"], ["secrets"]));
        Assert.That(Shares(checks, [old, able])["able"], Has.Length.EqualTo(50));
        Assert.That(Shares(checks, [old])["old"], Has.Length.EqualTo(50), "it refuses them, and that is shown");
        Assert.That(Shares(checks, [new Candidate("silent", "place-0"), old])["silent"], Has.Length.EqualTo(50), "one that names no kinds is of the first version");
    }

    private static readonly Gen<List<Candidate>> Bounded =
        Gen.Select(Agents, Gen.Double[0, 0.4].List[12, 12], (agents, limits) => agents.Select((a, i) => a with { Capacity = limits[i] < 0.02 ? 0 : limits[i] }).ToList());

    private static Dictionary<string, ImmutableArray<CatalogCheck>> Shares(IEnumerable<CatalogCheck> checks, IEnumerable<Candidate> agents) =>
        Assigner.Assign(checks, agents).Locations.Values.SelectMany(l => l.Shares).ToDictionary(s => s.Key, s => s.Value);

    /// <param name="spread">0: runs everywhere; else in so many of the locations.</param>
    private static CatalogCheck Made(int i, int spread)
    {
        var check = RunningOrchestrator.TcpCheck($"check-{i}", [.. Enumerable.Range(0, spread).Select(s => $"place-{(i + s) % 4}")]);
        return new CatalogCheck(i, check with { Revision = 1 }, DateTimeOffset.UnixEpoch, false);
    }
}
