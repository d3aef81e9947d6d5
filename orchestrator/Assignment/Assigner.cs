using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Assignment;

/// <summary>An agent that can take work.</summary>
/// <param name="Shared">Its location takes checks of other projects that name it.</param>
internal readonly record struct Candidate(string PublicId, string Location, bool Shared = false);

/// <summary>
/// Shares checks among live agents: within each location every check goes to exactly one agent, chosen by rendezvous hashing
/// (Thaler and Ravishankar, "Using name-based mappings to increase hit rates", IEEE/ACM ToN 1998): when an agent dies only its
/// checks move, and when one joins it takes only its share. A pure function; the order of its inputs does not matter.
/// </summary>
internal static class Assigner
{
    /// <returns>By public id, every candidate's checks ordered by name (ordinal); empty for one that has none.</returns>
    internal static ImmutableDictionary<string, ImmutableArray<CatalogCheck>> Assign(IEnumerable<CatalogCheck> checks, IEnumerable<Candidate> live)
    {
        var ordered = checks.OrderBy(c => c.Check.Name, StringComparer.Ordinal).Select(c => (Check: c, Hash: Hash(c.Check.Name))).ToList();
        var assigned = ImmutableDictionary.CreateBuilder<string, ImmutableArray<CatalogCheck>>(StringComparer.Ordinal);
        foreach (var location in live.GroupBy(a => a.Location, StringComparer.Ordinal))
        {
            var agents = location.Select(a => a.PublicId).Distinct().Order(StringComparer.Ordinal).Select(id => (Id: id, Hash: Hash(id))).ToArray();
            var shares = new ImmutableArray<CatalogCheck>.Builder[agents.Length];
            foreach (var (check, hash) in ordered)
            {
                if (Placement.Runs(check.Check, location.Key, location.First().Shared))
                {
                    var winner = Winner(hash, agents);
                    (shares[winner] ??= ImmutableArray.CreateBuilder<CatalogCheck>()).Add(check);
                }
            }

            for (var i = 0; i < agents.Length; i++)
            {
                assigned[agents[i].Id] = shares[i]?.ToImmutable() ?? [];
            }
        }

        return assigned.ToImmutable();
    }

    private static int Winner(ulong check, (string Id, ulong Hash)[] agents)
    {
        var winner = 0;
        var highest = 0UL;
        for (var i = 0; i < agents.Length; i++)
        {
            var weight = Mix(check ^ agents[i].Hash);
            // Agents are ordered, so that a tie has the same winner everywhere.
            if (weight > highest || i == 0)
            {
                (winner, highest) = (i, weight);
            }
        }

        return winner;
    }

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
}
