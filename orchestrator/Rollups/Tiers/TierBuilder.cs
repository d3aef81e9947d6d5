using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Rollups.Tiers;

/// <summary>
/// Makes hours of minutes and days of hours. Marks are read first, then what they are about, and the marks go in the transaction that writes: what comes in meanwhile has marks of its own.
/// Nothing is made again where the tier below is gone already: what comes that late stays out of the coarser tiers.
/// </summary>
internal sealed class TierBuilder(IResultStore store, ITierStore tiers, TimeProvider time)
{
    /// <summary>How long after its end an hour or day is made: most results are here by then.</summary>
    public static readonly TimeSpan Settles = TimeSpan.FromMinutes(2);

    /// <summary>Rollups of (check, start) written in one transaction.</summary>
    private const int AtOnce = 100;

    /// <summary>Does all there is to do now, while <paramref name="leads"/> says so; returns how many (check, start) were made.</summary>
    public async Task<int> RunAsync(Func<bool> leads, CancellationToken ct)
    {
        var made = await RunAsync(Tier.Hour, leads, ct);
        return made + await RunAsync(Tier.Day, leads, ct);
    }

    private async Task<int> RunAsync(Tier tier, Func<bool> leads, CancellationToken ct)
    {
        var made = 0;
        while (leads())
        {
            // 1. What is marked.
            if (await tiers.ReadMarksAsync(tier, AtOnce, ct) is { Count: > 0 } marks)
            {
                made += await BuildAsync(tier, marks, ct);
                continue;
            }

            // 2. Nothing is: all that was sealed is there.
            var state = await tiers.StateAsync(ct);
            if (state[tier].Built < state[tier].Sealed)
            {
                await tiers.SetBuiltAsync(tier, state[tier].Sealed, ct);
            }

            // 3. What has ended since.
            var end = tier.Floor(tier == Tier.Hour ? Tiers.MinuteOf(time.GetUtcNow() - Settles) : state.Hour.Built);
            if (end <= state[tier].Sealed)
            {
                break;
            }

            await tiers.SealAsync(tier, end, ct);
        }

        return made;
    }

    private async Task<int> BuildAsync(Tier tier, IReadOnlyList<TierMark> marks, CancellationToken ct)
    {
        if (marks.FirstOrDefault(m => m.CheckId == TierMark.EveryCheck) is { Id: > 0 } every)
        {
            await tiers.ReplaceAsync(tier, [every], await ChecksAsync(every.Minute, tier.Minutes(), ct), ct);
            return 0;
        }

        var gone = (await tiers.StateAsync(ct))[tier.Finer()].Gone;
        if (marks.Where(m => m.Minute < gone).ToList() is { Count: > 0 } late)
        {
            await tiers.ReplaceAsync(tier, late, [], ct);
        }

        var whole = marks.Where(m => m.Minute >= gone).ToList();
        var rows = new List<RollupRow>();
        foreach (var (minute, check) in whole.Select(m => (m.Minute, m.CheckId)).Distinct())
        {
            rows.AddRange(await MergeAsync(tier, check, minute, ct));
        }

        return whole.Count > 0 && await tiers.WriteAsync(tier, whole, rows, ct) ? whole.Count : 0;
    }

    private async Task<IReadOnlyCollection<int>> ChecksAsync(long minute, int minutes, CancellationToken ct)
    {
        var checks = new HashSet<int>();
        await store.VisitRollupsAsync(Tiers.Time(minute), Tiers.Time(minute + minutes), (key, _) => checks.Add(key.CheckId), ct);
        return checks;
    }

    private async Task<IEnumerable<RollupRow>> MergeAsync(Tier tier, int check, long minute, CancellationToken ct)
    {
        var byAgent = new Dictionary<int, Rollup>();
        var end = minute + tier.Minutes();
        await (tier == Tier.Hour
            ? store.VisitRollupsAsync(check, Tiers.Time(minute), Tiers.Time(end), Add, ct)
            : tiers.VisitAsync(tier.Finer(), check, minute, end, Add, ct));
        return byAgent.Select(a => new RollupRow(new RollupKey(check, a.Key, minute), a.Value));

        void Add(RollupKey key, ReadOnlySpan<byte> bytes)
        {
            if (!byAgent.TryGetValue(key.AgentId, out var rollup))
            {
                byAgent[key.AgentId] = rollup = new Rollup();
            }

            RollupCodec.MergeInto(bytes, rollup);
        }
    }
}
