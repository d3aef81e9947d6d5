namespace Probes.Orchestrator.Store;

/// <summary>A stored result with its place in the order.</summary>
internal readonly record struct PagedResult(ResultCursor Place, StoredResult Result);

/// <summary>Reads newest first by windows of minutes that grow, so that a full page of busy data and a sparse year both cost little.</summary>
internal static class ResultPager
{
    /// <summary>Reads at most <paramref name="count"/> results of the minutes low to high (both included) that lie after <paramref name="after"/>, in order.</summary>
    public delegate Task<IReadOnlyList<PagedResult>> ReadWindow(long low, long high, ResultCursor after, int count, CancellationToken ct);

    /// <param name="bounds">First and last minute that hold results; null when there are none.</param>
    public static async Task<ResultPage> ReadAsync(ResultQuery query, (long First, long Last)? bounds, ReadWindow read, CancellationToken ct)
    {
        var after = ResultCursor.Parse(query.Cursor);
        if (bounds is not { } known)
        {
            return new ResultPage([], null);
        }

        var limit = Math.Clamp(query.Limit, 1, 1000);
        var first = query.From is { } from ? Math.Max(known.First, Micros.MinuteOf(Micros.Of(from))) : known.First;
        var last = query.To is { } to ? Math.Min(known.Last, Micros.MinuteOf(Micros.Of(to) - 1)) : known.Last;
        last = Math.Min(last, Micros.MinuteOf(after.DueMicros));

        // One more than asked for tells whether there is a next page.
        var found = new List<PagedResult>(limit + 1);
        for (long width = 2; last >= first && found.Count <= limit; width *= 4)
        {
            var low = Math.Max(first, last - width + 1);
            found.AddRange(await read(low, last, after, limit + 1 - found.Count, ct));
            last = low - 1;
        }

        var more = found.Count > limit;
        var items = found.Take(limit).Select(f => f.Result).ToList();
        return new ResultPage(items, more ? found[limit - 1].Place.ToString() : null);
    }
}
