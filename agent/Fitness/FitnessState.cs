using System.Collections.Immutable;

namespace Probes.Agent.Fitness;

/// <summary>One side that is or was unfit. Times by the monitor's clock; null: it still is.</summary>
internal sealed record UnfitSpan(string What, string Detail, TimeSpan From, TimeSpan? To);

/// <summary>All sides as of the last look, and what was unfit lately. Immutable, swapped whole.</summary>
internal sealed record FitnessState(TimeSpan At, ImmutableDictionary<string, Condition> Sides, ImmutableList<UnfitSpan> Spans)
{
    /// <summary>Longer than any run lasts.</summary>
    private static readonly TimeSpan Kept = TimeSpan.FromMinutes(10);

    public static readonly FitnessState Fit = new(default, ImmutableDictionary<string, Condition>.Empty, []);

    public IEnumerable<UnfitSpan> Now => Spans.Where(s => s.To is null);

    /// <summary>Why the agent was unfit at any time of a span, comma-separated; empty when it was fit all along.</summary>
    public string During(TimeSpan from, TimeSpan to) => Spans.IsEmpty ? ""
        : string.Join(',', Spans.Where(s => s.From <= to && (s.To is not { } end || end >= from)).Select(s => s.What).Distinct().Order(StringComparer.Ordinal));

    /// <summary>The state after one look at every side.</summary>
    public FitnessState After(IEnumerable<(string What, Look Look)> looks, TimeSpan at)
    {
        var (sides, spans) = (Sides, Spans);
        foreach (var (what, look) in looks)
        {
            var before = sides.GetValueOrDefault(what, Condition.Fit);
            var after = before.After(look, at, At);
            sides = sides.SetItem(what, after);
            spans = (before.Unfit, after.Unfit) switch
            {
                (false, true) => spans.Add(new UnfitSpan(what, after.Detail, after.Since, null)),
                // It was unfit until the last bad look, and until now nobody could know better: what ran since is not judged either.
                (true, false) => Change(spans, what, s => s with { To = at }),
                (true, true) when after.Detail != before.Detail => Change(spans, what, s => s with { Detail = after.Detail }),
                _ => spans,
            };
        }

        return new FitnessState(at, sides, spans.IsEmpty ? spans : spans.RemoveAll(s => s.To < at - Kept));
    }

    private static ImmutableList<UnfitSpan> Change(ImmutableList<UnfitSpan> spans, string what, Func<UnfitSpan, UnfitSpan> to)
    {
        var open = spans.FindIndex(s => s.What == what && s.To is null);
        return open < 0 ? spans : spans.SetItem(open, to(spans[open]));
    }
}
