using System.Buffers;
using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Detection.Season;

/// <summary>
/// The same time on earlier days: whether what looks like a shift is what happens then on most days, or on this day of most weeks. Read only for what is about to be flagged. It explains a
/// shift only when those days rose too, from what they were just before: what was slow all day is no season. Not thread-safe.
/// </summary>
/// <param name="from">First minute of the window that asked.</param>
/// <param name="to">The minute after its last.</param>
internal sealed class UsualTimes(long from, long to)
{
    /// <summary>Days back that are looked at.</summary>
    public static readonly IReadOnlyList<int> DaysBack = [1, 2, 3, 4, 5, 6, 7, 14, 21, 28];

    /// <summary>Minutes by which a season may come earlier or later.</summary>
    private const int Jitter = 20;

    /// <summary>Minutes before it that a season must have risen from.</summary>
    private const int Before = 90;

    /// <summary>Minutes for which an answer holds.</summary>
    private const int Holds = 60;

    // Of the present rise, what a day must have risen by: chance makes a little of it on any day.
    private const double Rose = 0.7;

    // Up to this much more than the days before is as usual.
    private const double Tolerance = 1.15;
    private const int FewestDays = 3;
    private const int FewestWeeks = 2;
    private const int Step = 5;

    // Two thousand minutes for each that asks: of each the two sketches that are asked for, as they are stored. Rollups of their own would take eight times as much.
    private readonly Dictionary<long, byte[]> _minutes = [];
    private readonly ArrayBufferWriter<byte> _scratch = new(64);

    /// <summary>Minutes to be read of the day so many days ago: from inclusive, to exclusive.</summary>
    public (long From, long To) Span(int daysBack) =>
        (from - (daysBack * MinuteHistory.Day) - Before - Jitter, to - (daysBack * MinuteHistory.Day) + Holds + Jitter);

    public void Put(long minute, ReadOnlySpan<byte> rollup)
    {
        _scratch.ResetWrittenCount();
        foreach (var part in (ReadOnlySpan<RollupPart>)[RollupPart.Total, RollupPart.Dns])
        {
            var body = RollupCodec.Body(rollup, part);
            Varint.Write(_scratch, (ulong)body.Length);
            _scratch.Write(body);
        }

        _minutes[minute] = [.. _minutes.GetValueOrDefault(minute) ?? [], .. _scratch.WrittenSpan];
    }

    /// <summary>Whether it was read for a window: it ends no later than an hour after the one that asked.</summary>
    public bool Covers(RegionWindow window) => MinuteHistory.MinuteOf(window.From) >= from - Jitter && MinuteHistory.MinuteOf(window.To) <= to + Holds;

    /// <summary>What makes the flagged usual; null when it is not.</summary>
    public SeasonEvidence? Explains(RegionWindow window, Evidence flagged)
    {
        var (measure, now, then) = Measured(flagged);
        var seen = DaysBack.Select(d => (Back: d, Then: At(window, d, measure))).Where(d => d.Then is not null).Select(d => (d.Back, d.Then!.Value.Most, d.Then.Value.Before)).ToList();
        return Of(Basis.TimeOfDay, [.. seen.Where(d => d.Back <= 7).Take(FewestDays)], FewestDays, now, then)
            ?? Of(Basis.TimeOfWeek, [.. seen.Where(d => d.Back % 7 == 0)], FewestWeeks, now, then);
    }

    private static SeasonEvidence? Of(Basis basis, IReadOnlyList<(int Back, double Most, double Before)> days, int fewest, double now, double then)
    {
        // Two of three days, two of two to four weeks: one alone may have been an incident.
        var rose = days.Where(d => d.Most - d.Before >= Rose * (now - then)).Select(d => d.Most).Order().ToList();
        if (days.Count < fewest || rose.Count < 2 || rose.Count * 2 <= days.Count)
        {
            return null;
        }

        var usual = rose[rose.Count / 2];
        var most = Tolerance * usual;
        return now <= most ? new SeasonEvidence(basis, rose.Count, usual, most) : null;
    }

    // The largest that the measure was within the jitter, and what it was before: a quarter of the time before must have been no larger.
    private (double Most, double Before)? At(RegionWindow window, int daysBack, Measure measure)
    {
        var (first, last) = (MinuteHistory.MinuteOf(window.From) - (daysBack * MinuteHistory.Day), MinuteHistory.MinuteOf(window.To) - (daysBack * MinuteHistory.Day));
        double? most = null;
        for (var shift = -Jitter; shift <= Jitter; shift += Step)
        {
            if (Value(measure, first + shift, last + shift) is { } then && (most is null || then > most))
            {
                most = then;
            }
        }

        var before = new List<double>();
        for (var at = first - Before; at < first; at += Step)
        {
            if (Value(measure, at, at + Step) is { } then)
            {
                before.Add(then);
            }
        }

        before.Sort();
        return most is { } value && before.Count > 0 ? (value, before[before.Count / 4]) : null;
    }

    private double? Value(Measure measure, long first, long last)
    {
        var merged = new Sketch();
        for (var minute = first; minute < last; minute++)
        {
            for (ReadOnlySpan<byte> left = _minutes.GetValueOrDefault(minute); left.Length > 0;)
            {
                var total = Varint.Slice(ref left);
                var dns = Varint.Slice(ref left);
                var body = measure.Part == RollupPart.Dns ? dns : total;
                if (body.Length > 0)
                {
                    SketchCodec.MergeInto(body, merged);
                }
            }
        }

        return merged.Count > 0 ? merged.Quantile(measure.Quantile) : null;
    }

    private static (Measure Measure, double Now, double Then) Measured(Evidence e) =>
        e.TailMs is not null ? (new Measure(RollupPart.Total, 0.95), e.P95Ms ?? 0, e.BaselineP95Ms ?? 0)
        : e.Phase == Contracts.Checks.Phase.Dns && e.MedianMs - e.BaselineMedianMs < (e.PhaseMedianMs - e.PhaseBaselineMedianMs) / 2
            ? (new Measure(RollupPart.Dns, 0.5), e.PhaseMedianMs ?? 0, e.PhaseBaselineMedianMs ?? 0)
            : (new Measure(RollupPart.Total, 0.5), e.MedianMs ?? 0, e.BaselineMedianMs ?? 0);

    /// <summary>What is held against earlier days.</summary>
    private readonly record struct Measure(RollupPart Part, double Quantile);
}
