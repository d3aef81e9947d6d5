namespace Probes.Faults.Accounting;

/// <summary>What became of a request that the target saw.</summary>
internal enum Fate
{
    /// <summary>Nothing says it was made.</summary>
    Lost,
    Stored,

    /// <summary>More than one result, or a result and a gap record, tell of it.</summary>
    Twice,

    /// <summary>In a gap record.</summary>
    Dropped,

    /// <summary>Under way in an agent that was killed, and counted as missed by the orchestrator.</summary>
    Missed,
}

/// <summary>One request and its fate.</summary>
internal readonly record struct Judged(string Check, int Number, long AtUs, Fate Fate);

/// <summary>Holds the target's log against the store: every request ends as exactly one thing.</summary>
internal sealed class Reckoning
{
    /// <summary>A result's start and the target's note of it lie this near, unless the agent's clock was moved.</summary>
    private const long NearUs = 30_000_000;

    private readonly HitLog _hits;
    private readonly TimeSpan _interval;
    private readonly IReadOnlyList<long> _shifts;

    /// <param name="hits">The target's log.</param>
    /// <param name="interval">Of every check.</param>
    /// <param name="shifts">By how many microseconds agents' clocks were wrong at times; 0 is always one of them.</param>
    public Reckoning(HitLog hits, TimeSpan interval, IEnumerable<long> shifts) =>
        (_hits, _interval, _shifts) = (hits, interval, [0, .. shifts]);

    /// <summary>Results that belong to no request: measured, it says, but the target was never asked.</summary>
    public int Unseen { get; private set; }

    /// <param name="runs">What is stored, without runs the agent itself says it did not make.</param>
    /// <param name="gaps">What agents say they gave up.</param>
    /// <param name="agentOf">Which agent runs a check.</param>
    /// <param name="beforeUs">Requests from here on are not judged.</param>
    /// <param name="missed">Whether a request without a result is explained otherwise; asked only for those.</param>
    public List<Judged> Judge(IEnumerable<StoredRun> runs, IReadOnlyList<GapRun> gaps, Func<string, string> agentOf, long beforeUs, Func<string, long, bool> missed)
    {
        Unseen = 0;
        var stored = runs.ToLookup(r => r.Check, StringComparer.Ordinal);
        var budgets = gaps.Select(g => g.Runs).ToArray();
        var judged = new List<Judged>();
        foreach (var check in _hits.Checks)
        {
            var hits = _hits.Of(check);
            var mine = stored[check].ToList();
            var counts = Match(hits, mine);
            for (var number = 0; number < hits.Count && hits[number] < beforeUs; number++)
            {
                var fate = counts[number] switch
                {
                    1 => Fate.Stored,
                    > 1 => Fate.Twice,
                    _ when Take(gaps, budgets, check, agentOf(check), hits[number]) => Fate.Dropped,
                    _ => missed(check, hits[number]) ? Fate.Missed : Fate.Lost,
                };
                judged.Add(new Judged(check, number, hits[number], fate));
            }

            Overlaps(gaps, check, mine, judged);
        }

        return judged;
    }

    /// <summary>How many results each request has. Answered runs first: they say which request they are.</summary>
    private int[] Match(IReadOnlyList<long> hits, List<StoredRun> runs)
    {
        var counts = new int[hits.Count];
        foreach (var run in runs.Where(r => r.Code >= 200))
        {
            if (Nearest(hits, run.StartUs, n => n % HitLog.Codes == run.Code - 200, NearUs) is { } number)
            {
                counts[number]++;
            }
            else
            {
                Unseen++;
            }
        }

        // One without an answer may or may not have reached the target.
        foreach (var run in runs.Where(r => r.Code < 200))
        {
            var span = run.DurationUs + 2_000_000;
            if (Nearest(hits, run.StartUs, n => counts[n] == 0, span) is { } number)
            {
                counts[number]++;
            }
        }

        return counts;
    }

    private int? Nearest(IReadOnlyList<long> hits, long startUs, Func<int, bool> fits, long withinUs)
    {
        (int? Number, long Away) best = (null, withinUs);
        foreach (var shift in _shifts)
        {
            var at = startUs - shift;
            for (var n = FirstAfter(hits, at - best.Away); n < hits.Count && hits[n] <= at + best.Away; n++)
            {
                if (fits(n) && Math.Abs(hits[n] - at) < best.Away)
                {
                    best = (n, Math.Abs(hits[n] - at));
                }
            }
        }

        return best.Number;
    }

    private bool Take(IReadOnlyList<GapRun> gaps, long[] budgets, string check, string agent, long atUs)
    {
        for (var i = 0; i < gaps.Count; i++)
        {
            var gap = gaps[i];
            if (budgets[i] > 0 && (gap.Check ?? check) == check && gap.Agent == agent
                && _shifts.Any(s => atUs >= gap.FromUs - s - 1_500_000 && atUs <= gap.ToUs - s + 1_500_000))
            {
                budgets[i]--;
                return true;
            }
        }

        return false;
    }

    // A gap of more runs than its span has due times without results counts some of them a second time.
    private void Overlaps(IReadOnlyList<GapRun> gaps, string check, List<StoredRun> runs, List<Judged> judged)
    {
        foreach (var gap in gaps.Where(g => g.Check == check))
        {
            var slots = ((gap.ToUs - gap.FromUs) / (long)_interval.TotalMicroseconds) + 1;
            var kept = runs.Count(r => r.DueUs >= gap.FromUs && r.DueUs <= gap.ToUs);
            for (var twice = kept + gap.Runs - slots; twice > 0; twice--)
            {
                judged.Add(new Judged(check, -1, gap.FromUs, Fate.Twice));
            }
        }
    }

    /// <summary>Index of the first one at or after a time.</summary>
    private static int FirstAfter(IReadOnlyList<long> hits, long at)
    {
        var (low, high) = (0, hits.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            (low, high) = hits[middle] < at ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
