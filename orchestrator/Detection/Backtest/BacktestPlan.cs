using System.Collections.Immutable;
using Microsoft.Extensions.Options;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>A backtest that may not be run as asked.</summary>
internal sealed class BacktestRefusedException(string what, string message, string allowed) : Exception(message)
{
    public string What { get; } = what;

    public string Allowed { get; } = allowed;
}

/// <summary>What is asked for.</summary>
/// <param name="Checks">Qualified names; empty: all that the caller sees.</param>
/// <param name="Regions">Empty: all.</param>
/// <param name="Rule">Settings to hold against those in force; null: only these are replayed.</param>
/// <param name="Strict">What overlaps no incident at all is a false alarm too.</param>
internal sealed record BacktestRequest(DateTimeOffset? From, DateTimeOffset? To, IReadOnlyCollection<string> Checks, IReadOnlyCollection<string> Regions, DetectorRule? Rule, bool Strict);

/// <summary>What will be replayed.</summary>
/// <param name="Catalog">With those checks only that are.</param>
/// <param name="From">First minute since the Unix epoch.</param>
/// <param name="To">The minute after the last.</param>
/// <param name="Includes">Whether a region is.</param>
/// <param name="Pairs">How many pairs of check and region are.</param>
internal sealed record BacktestPlan(
    CatalogSnapshot Catalog, long From, long To, Func<string, bool> Includes, int Pairs, DetectorOptions Current, DetectorOptions? Proposed, bool Strict);

/// <summary>Holds what is asked for against what is there and what is bearable.</summary>
internal sealed class BacktestPlanner(ICatalog catalog, IOptions<DetectorOptions> inForce, IOptions<StoreOptions> kept, TimeProvider time)
{
    /// <summary>Pairs of check and region in one backtest, at most.</summary>
    public const int MostPairs = 1000;

    private static readonly TimeSpan Longest = TimeSpan.FromDays(31);

    /// <exception cref="BacktestRefusedException">A value is not allowed.</exception>
    public BacktestPlan Make(BacktestRequest request)
    {
        var now = time.GetUtcNow();
        var to = request.To ?? now;
        var earliest = now - TimeSpan.FromDays(kept.Value.MinuteDays);
        var spanAllowed = $"a time before to, at most {Longest.TotalDays:0} days before, and not before {earliest.UtcDateTime:yyyy-MM-dd HH:mm} UTC: rollups by the minute are kept for {kept.Value.MinuteDays} days";
        if (request.From is not { } from)
        {
            throw new BacktestRefusedException("from", "is missing", spanAllowed);
        }

        if (to > now)
        {
            throw new BacktestRefusedException("to", $"{to.UtcDateTime:yyyy-MM-dd HH:mm} UTC is in the future", "a time up to now");
        }

        if (from >= to || to - from > Longest || from < earliest)
        {
            throw new BacktestRefusedException("from", $"{from.UtcDateTime:yyyy-MM-dd HH:mm} UTC is {(from >= to ? "not before to" : from < earliest ? "before what is kept" : "too long before to")}", spanAllowed);
        }

        var snapshot = catalog.Current;
        var chosen = Choose(snapshot, [.. request.Checks], [.. request.Rule?.Checks ?? []]);
        var regions = Regions([.. request.Regions], [.. request.Rule?.Regions ?? []]);
        var pairs = chosen.Sum(c => Heatmaps.Regions.Of(snapshot, c.Check).Count(regions));
        if (pairs is 0 or > MostPairs)
        {
            throw new BacktestRefusedException("check", pairs == 0 ? "no check runs in any region of those asked for" : $"{pairs} pairs of check and region are too many at once",
                $"checks and regions that make 1 to {MostPairs} pairs");
        }

        var ids = chosen.ToImmutableDictionary(c => c.Id);
        return new BacktestPlan(
            snapshot with { Checks = chosen.ToImmutableSortedDictionary(c => c.Check.Name, c => c, StringComparer.Ordinal), ChecksById = ids },
            MinuteHistory.MinuteOf(from), MinuteHistory.MinuteOf(to.AddMinutes(1).AddTicks(-1)), regions, pairs,
            inForce.Value, request.Rule is { } rule ? DetectorSettings.With(inForce.Value, rule.Settings) : null, request.Strict);
    }

    // Of two lists the checks are those in both.
    private static List<CatalogCheck> Choose(CatalogSnapshot snapshot, HashSet<string> asked, HashSet<string> ruled)
    {
        if (asked.FirstOrDefault(a => !snapshot.Checks.ContainsKey(a)) is { } unknown)
        {
            throw new BacktestRefusedException("check", $"there is no check '{unknown}'{CheckDocuments.Hint(unknown, snapshot.Checks.Keys)}", "a check's name");
        }

        return [.. snapshot.Checks.Values.Where(c => (asked.Count == 0 || asked.Contains(c.Check.Name)) && (ruled.Count == 0 || ruled.Contains(c.Check.Name)))];
    }

    private static Func<string, bool> Regions(HashSet<string> asked, HashSet<string> ruled) =>
        region => (asked.Count == 0 || asked.Contains(region)) && (ruled.Count == 0 || ruled.Contains(region));
}
