using Probes.Contracts.Results;

namespace Probes.Benchmarks.Detection;

/// <summary>
/// "N of M": a pair is bad when three of its last five runs failed or took longer than a threshold, which an operator set by the first hour:
/// <paramref name="times"/> the median. What most tools do.
/// </summary>
internal sealed class ThresholdJudge(double times) : IJudge
{
    private static readonly TimeSpan Learning = TimeSpan.FromHours(1);

    private readonly Dictionary<(int, int), (List<double> Learned, Queue<bool> Last, double Limit)> _pairs = [];

    public void Hear(in Told told)
    {
        if (told.Run.Source == FailureSource.Agent)
        {
            return;
        }

        var pair = (told.Spot.Check, told.Spot.Region);
        if (!_pairs.TryGetValue(pair, out var state))
        {
            state = ([], new Queue<bool>(), double.PositiveInfinity);
        }

        if (told.Spot.At < Learning)
        {
            state.Learned.Add(told.Run.Duration);
        }
        else if (double.IsPositiveInfinity(state.Limit) && state.Learned.Count > 0)
        {
            state.Learned.Sort();
            state.Limit = times * state.Learned[state.Learned.Count / 2];
        }

        state.Last.Enqueue(told.Run.Status != RunStatus.Passed || told.Run.Duration > state.Limit);
        if (state.Last.Count > 5)
        {
            state.Last.Dequeue();
        }

        _pairs[pair] = state;
    }

    public IReadOnlyList<Finding> Look(TimeSpan now) =>
        [.. _pairs.Where(p => p.Value.Last.Count(bad => bad) >= 3).Select(p => new Finding(p.Key.Item1, p.Key.Item2, null, null))];
}

/// <summary>What the two that look at minutes have in common: medians of whole minutes, a failed run counting as one that took its whole time-out.</summary>
internal abstract class MinuteJudge : IJudge
{
    private readonly Dictionary<(int Check, int Region), SortedDictionary<long, List<double>>> _open = [];
    private readonly HashSet<(int Check, int Region)> _bad = [];

    public void Hear(in Told told)
    {
        if (told.Run.Source == FailureSource.Agent)
        {
            return;
        }

        var pair = (told.Spot.Check, told.Spot.Region);
        if (!_open.TryGetValue(pair, out var minutes))
        {
            _open[pair] = minutes = [];
        }

        var minute = (long)told.Spot.At.TotalMinutes;
        if (!minutes.TryGetValue(minute, out var values))
        {
            minutes[minute] = values = [];
        }

        values.Add(told.Run.Status == RunStatus.Passed ? told.Run.Duration / 1000.0 : 10_000);
    }

    public IReadOnlyList<Finding> Look(TimeSpan now)
    {
        foreach (var (pair, minutes) in _open)
        {
            // A minute is judged once its runs are there.
            while (minutes.Count > 0 && minutes.First() is var (minute, values) && (minute + 1) * 60 + 5 <= now.TotalSeconds)
            {
                minutes.Remove(minute);
                values.Sort();
                if (IsBad(pair, values[values.Count / 2]))
                {
                    _bad.Add(pair);
                }
                else
                {
                    _bad.Remove(pair);
                }
            }
        }

        return [.. _bad.Select(p => new Finding(p.Check, p.Region, null, null))];
    }

    protected abstract bool IsBad((int Check, int Region) pair, double median);
}

/// <summary>Median and median absolute deviation of the last hour's good minutes (Hampel 1974): two minutes in a row outside the band are bad.</summary>
internal sealed class BandJudge(double times) : MinuteJudge
{
    private readonly Dictionary<(int, int), (Queue<double> Past, int Row)> _pairs = [];

    protected override bool IsBad((int Check, int Region) pair, double median)
    {
        var (past, row) = _pairs.GetValueOrDefault(pair, (new Queue<double>(), 0));
        var bad = false;
        if (past.Count >= 20)
        {
            var sorted = past.Order().ToArray();
            var middle = sorted[sorted.Length / 2];
            var deviation = past.Select(v => Math.Abs(v - middle)).Order().ElementAt(past.Count / 2) * 1.4826;
            bad = Math.Abs(median - middle) > times * Math.Max(deviation, 0.01 * middle);
        }

        row = bad ? row + 1 : 0;
        if (!bad)
        {
            past.Enqueue(median);
            if (past.Count > 60)
            {
                past.Dequeue();
            }
        }

        _pairs[pair] = (past, row);
        return row >= 2;
    }
}

/// <summary>
/// Exponentially weighted moving average control chart (Roberts, Technometrics 1959) of the logarithm of minutes' medians: weight 0.2, limits of
/// <paramref name="sigmas"/> standard deviations of the chart, learned of the last two hours' good minutes.
/// </summary>
internal sealed class EwmaJudge(double sigmas) : MinuteJudge
{
    private const double Weight = 0.2;

    private readonly Dictionary<(int, int), (Queue<double> Past, double Average)> _pairs = [];

    protected override bool IsBad((int Check, int Region) pair, double median)
    {
        var value = Math.Log(Math.Max(median, 0.001));
        var (past, average) = _pairs.GetValueOrDefault(pair, (new Queue<double>(), value));
        average = (Weight * value) + ((1 - Weight) * average);
        var bad = false;
        if (past.Count >= 30)
        {
            var mean = past.Average();
            var sd = Math.Sqrt(past.Sum(v => (v - mean) * (v - mean)) / (past.Count - 1));
            bad = Math.Abs(average - mean) > sigmas * Math.Max(sd, 0.005) * Math.Sqrt(Weight / (2 - Weight));
        }

        if (!bad)
        {
            past.Enqueue(value);
            if (past.Count > 120)
            {
                past.Dequeue();
            }
        }

        _pairs[pair] = (past, average);
        return bad;
    }
}
