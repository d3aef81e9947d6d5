using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Assignment;

/// <summary>
/// Shares checks among live agents: within each location every check goes to exactly one agent, chosen by rendezvous hashing
/// (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM ToN 1998): when an agent dies only its
/// checks move, and when one joins it takes only its share. Agents that declare a capacity take no more than it, as in consistent hashing
/// with bounded loads (Mirrokni, Thorup, Zadimoghaddam, SODA 2018): a check goes to the first in its order that has room, and is shed
/// when none has. A pure function; the order of its inputs does not matter.
/// </summary>
internal static class Assigner
{
    // Sums of loads are exact to far better than this.
    private const double Rounding = 1e-9;

    internal static AssignmentPlan Assign(IEnumerable<CatalogCheck> checks, IEnumerable<Candidate> live)
    {
        // Who is placed first where there is little room follows from the hash, not from the alphabet.
        var ordered = checks.Select(c => new Item(c, Hash(c.Check.Name), LoadOf(c), Needs.Of(c)))
            .OrderBy(i => i.Hash).ThenBy(i => i.Check.Check.Name, StringComparer.Ordinal).ToList();
        var locations = ImmutableDictionary.CreateBuilder<string, LocationPlan>(StringComparer.Ordinal);
        foreach (var location in live.GroupBy(a => a.Location, StringComparer.Ordinal))
        {
            var agents = location.DistinctBy(a => a.PublicId, StringComparer.Ordinal).OrderBy(a => a.PublicId, StringComparer.Ordinal)
                .Select(a => new Bin(a)).ToArray();
            locations[location.Key] = Assign(ordered, location.Key, agents);
        }

        return new AssignmentPlan(locations.ToImmutable());
    }

    /// <summary>Runs a second of one check in one location.</summary>
    internal static double LoadOf(CatalogCheck check) => 1 / check.Check.Interval.TotalSeconds;

    private static LocationPlan Assign(List<Item> checks, string location, Bin[] agents)
    {
        var shed = ImmutableArray.CreateBuilder<CatalogCheck>();
        var able = new Dictionary<string, bool[]?>(StringComparer.Ordinal);
        foreach (var item in checks)
        {
            if (!Placement.Runs(item.Check.Check, location, agents[0].Agent.Shared))
            {
                continue;
            }

            if (Winner(item, agents, Able(item, agents, able)) is not { } winner)
            {
                shed.Add(item.Check);
                continue;
            }

            winner.Load += item.Load;
            winner.Share.Add(item.Check);
        }

        shed.Sort(ByName);
        return new LocationPlan(agents.ToImmutableDictionary(a => a.Agent.PublicId, a => a.Sorted(), StringComparer.Ordinal), shed.ToImmutable());
    }

    /// <summary>Null when all are able, or none knows the kind: then one of them gets it, refuses it, and that is shown. What needs more than a kind is shed instead.</summary>
    private static bool[]? Able(Item item, Bin[] agents, Dictionary<string, bool[]?> known)
    {
        var needs = string.Join('|', item.Needs);
        if (!known.TryGetValue(needs, out var able))
        {
            var each = Array.ConvertAll(agents, a => Candidate.Meets(a.Agent.Abilities, item.Needs));
            known[needs] = able = Array.TrueForAll(each, a => a) || (item.Needs.Count == 1 && !Array.Exists(each, a => a)) ? null : each;
        }

        return able;
    }

    private static Bin? Winner(Item item, Bin[] agents, bool[]? able)
    {
        Bin? winner = null;
        var highest = 0UL;
        for (var i = 0; i < agents.Length; i++)
        {
            var weight = Mix(item.Hash ^ agents[i].Hash);
            // Agents are ordered, so that a tie has the same winner everywhere.
            if ((weight > highest || winner is null) && (able is null || able[i]) && agents[i].HasRoom(item.Load))
            {
                (winner, highest) = (agents[i], weight);
            }
        }

        return winner;
    }

    private static int ByName(CatalogCheck a, CatalogCheck b) => string.CompareOrdinal(a.Check.Name, b.Check.Name);

    private static ulong Hash(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(text), hash);
        return BitConverter.ToUInt64(hash);
    }

    /// <summary>The finalizer of SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", OOPSLA 2014).</summary>
    private static ulong Mix(ulong z)
    {
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        return z ^ (z >> 31);
    }

    private readonly record struct Item(CatalogCheck Check, ulong Hash, double Load, IReadOnlyList<string> Needs);

    private sealed class Bin(Candidate agent)
    {
        public Candidate Agent { get; } = agent;

        public ulong Hash { get; } = Assigner.Hash(agent.PublicId);

        public ImmutableArray<CatalogCheck>.Builder Share { get; } = ImmutableArray.CreateBuilder<CatalogCheck>();

        public double Load { get; set; }

        public bool HasRoom(double load) => Agent.Capacity <= 0 || Load + load <= Agent.Capacity + Rounding;

        public ImmutableArray<CatalogCheck> Sorted()
        {
            Share.Sort(ByName);
            return Share.ToImmutable();
        }
    }
}
