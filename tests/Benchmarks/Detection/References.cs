using Probes.Contracts.Results;

namespace Probes.Benchmarks.Detection;

/// <summary><see cref="ThresholdRule"/> for each pair, run by run; its threshold is set by the first hour.</summary>
internal sealed class ThresholdJudge(double times, Scenario scenario) : IJudge
{
    private static readonly TimeSpan Learning = TimeSpan.FromHours(1);

    private readonly Dictionary<(int Check, int Region), ThresholdRule> _rules = [];
    private readonly HashSet<(int Check, int Region)> _bad = [];

    public void Hear(in Told told)
    {
        if (told.Run.Source == FailureSource.Agent)
        {
            return;
        }

        var pair = (told.Spot.Check, told.Spot.Region);
        if (!_rules.TryGetValue(pair, out var rule))
        {
            _rules[pair] = rule = new ThresholdRule(times, Math.Max(5, (int)(Learning / scenario.Interval) * scenario.Agents));
        }

        if (told.Run.Status == RunStatus.Passed ? rule.Next(told.Run.Duration) : rule.Note(over: true))
        {
            _bad.Add(pair);
        }
        else
        {
            _bad.Remove(pair);
        }
    }

    public IReadOnlyList<Finding> Look(TimeSpan now) => [.. _bad.Select(p => new Finding(p.Check, p.Region, null, null))];
}

/// <summary>A rule for each pair that hears medians of whole minutes, a failed run counting as one that took its whole time-out.</summary>
internal sealed class MinuteJudge(Func<IRule> make) : IJudge
{
    private readonly Dictionary<(int Check, int Region), (IRule Rule, SortedDictionary<long, List<double>> Open)> _pairs = [];
    private readonly HashSet<(int Check, int Region)> _bad = [];

    public void Hear(in Told told)
    {
        if (told.Run.Source == FailureSource.Agent)
        {
            return;
        }

        var pair = (told.Spot.Check, told.Spot.Region);
        if (!_pairs.TryGetValue(pair, out var state))
        {
            _pairs[pair] = state = (make(), []);
        }

        var minute = (long)told.Spot.At.TotalMinutes;
        if (!state.Open.TryGetValue(minute, out var values))
        {
            state.Open[minute] = values = [];
        }

        values.Add(told.Run.Status == RunStatus.Passed ? told.Run.Duration / 1000.0 : 10_000);
    }

    public IReadOnlyList<Finding> Look(TimeSpan now)
    {
        foreach (var (pair, (rule, minutes)) in _pairs)
        {
            // A minute is judged once its runs are there.
            while (minutes.Count > 0 && minutes.First() is var (minute, values) && (minute + 1) * 60 + 5 <= now.TotalSeconds)
            {
                minutes.Remove(minute);
                values.Sort();
                if (rule.Next(values[values.Count / 2]))
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
}
