namespace Probes.Benchmarks.Detection;

/// <summary>A rule that hears one series value by value, and says of each whether the series is bad then. The references, as their authors have them.</summary>
internal interface IRule
{
    bool Next(double value);
}

/// <summary>"N of M": bad when three of the last five values are over a threshold, which an operator set by the first values: <paramref name="times"/> their median. What most tools do.</summary>
/// <param name="times">Times the median.</param>
/// <param name="learns">Values the threshold is set by.</param>
internal sealed class ThresholdRule(double times, int learns) : IRule
{
    private readonly List<double> _learned = [];
    private readonly Queue<bool> _last = new();
    private double _limit = double.PositiveInfinity;

    public bool Next(double value)
    {
        if (_learned.Count < learns)
        {
            _learned.Add(value);
        }
        else if (double.IsPositiveInfinity(_limit))
        {
            _limit = times * _learned.Order().ElementAt(_learned.Count / 2);
        }

        return Note(value > _limit);
    }

    /// <summary>A failed run is over every threshold.</summary>
    public bool Note(bool over)
    {
        _last.Enqueue(over);
        if (_last.Count > 5)
        {
            _last.Dequeue();
        }

        return _last.Count(o => o) >= 3;
    }
}

/// <summary>Median and median absolute deviation of the last sixty good values (Hampel 1974): two in a row outside the band are bad.</summary>
internal sealed class BandRule(double times) : IRule
{
    private readonly Queue<double> _past = new();
    private int _row;

    public bool Next(double value)
    {
        var bad = false;
        if (_past.Count >= 20)
        {
            var sorted = _past.Order().ToArray();
            var middle = sorted[sorted.Length / 2];
            var deviation = _past.Select(v => Math.Abs(v - middle)).Order().ElementAt(_past.Count / 2) * 1.4826;
            bad = Math.Abs(value - middle) > times * Math.Max(deviation, 0.01 * Math.Abs(middle));
        }

        _row = bad ? _row + 1 : 0;
        if (!bad)
        {
            _past.Enqueue(value);
            if (_past.Count > 60)
            {
                _past.Dequeue();
            }
        }

        return _row >= 2;
    }
}

/// <summary>
/// Exponentially weighted moving average control chart (Roberts, Technometrics 1959) of the values' logarithms: weight 0.2, limits of <paramref name="sigmas"/> standard
/// deviations of the chart, learned of the last 120 good values.
/// </summary>
internal sealed class EwmaRule(double sigmas) : IRule
{
    private const double Weight = 0.2;

    private readonly Queue<double> _past = new();
    private double? _average;

    public bool Next(double value)
    {
        var log = Math.Log(Math.Max(value, 0.001));
        var average = (_average ?? log) + (Weight * (log - (_average ?? log)));
        _average = average;
        var bad = false;
        if (_past.Count >= 30)
        {
            var mean = _past.Average();
            var sd = Math.Sqrt(_past.Sum(v => (v - mean) * (v - mean)) / (_past.Count - 1));
            bad = Math.Abs(average - mean) > sigmas * Math.Max(sd, 0.005) * Math.Sqrt(Weight / (2 - Weight));
        }

        if (!bad)
        {
            _past.Enqueue(log);
            if (_past.Count > 120)
            {
                _past.Dequeue();
            }
        }

        return bad;
    }
}
