namespace Probes.Orchestrator.Rollups;

/// <summary>
/// DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch with relative-error guarantees",
/// VLDB 2019): any quantile within 1 % of the true value. Values are milliseconds, at least 0.
/// </summary>
public sealed class Sketch
{
    /// <summary>Relative error of every quantile.</summary>
    public const double RelativeError = 0.01;

    private static readonly double Gamma = (1 + RelativeError) / (1 - RelativeError);
    private static readonly double LogGamma = Math.Log(Gamma);

    /// <summary>Values at or below this (1 microsecond) count as it.</summary>
    public const double Smallest = 0.001;

    // Buckets that a widening makes room for beyond the one wanted: a third of the value, either way.
    private const int Slack = 16;

    // Counts of consecutive buckets; bucket i, from _offset on, holds (gamma^(i-1), gamma^i].
    private int[] _counts = [];
    private int _offset;

    public long Count { get; private set; }

    public double Sum { get; private set; }

    public void Add(double milliseconds)
    {
        var (value, index) = Place(milliseconds);
        Slot(index)++;
        Count++;
        Sum += value;
    }

    public void Merge(Sketch other)
    {
        if (other.Count == 0)
        {
            return;
        }

        // Widen once to both ends, then add bucket by bucket.
        Slot(other._offset);
        Slot(other._offset + other._counts.Length - 1);
        for (var i = 0; i < other._counts.Length; i++)
        {
            _counts[other._offset + i - _offset] += other._counts[i];
        }

        Count += other.Count;
        Sum += other.Sum;
    }

    /// <summary>Takes away what was added before; false, and nothing is changed, when it does not hold all of it.</summary>
    public bool TrySubtract(Sketch other)
    {
        if (other.Count > Count || other._counts.Where((count, i) => count > At(other._offset + i)).Any())
        {
            return false;
        }

        for (var i = 0; i < other._counts.Length; i++)
        {
            if (other._counts[i] > 0)
            {
                _counts[other._offset + i - _offset] -= other._counts[i];
            }
        }

        (Count, Sum) = (Count - other.Count, Count == other.Count ? 0 : Sum - other.Sum);
        return true;
    }

    /// <summary>The value at quantile q in 0..1, in milliseconds; NaN when empty.</summary>
    public double Quantile(double q)
    {
        if (Count == 0)
        {
            return double.NaN;
        }

        var rank = q * (Count - 1);
        long seen = 0;
        for (var i = 0; i < _counts.Length; i++)
        {
            seen += _counts[i];
            if (seen > rank)
            {
                return Value(_offset + i);
            }
        }

        return Value(_offset + _counts.Length - 1);
    }

    /// <summary>How many values lie in buckets above the one of <paramref name="milliseconds"/>.</summary>
    public long Above(double milliseconds)
    {
        var line = Place(milliseconds).Index;
        long above = 0;
        for (var i = Math.Max(0, line + 1 - _offset); i < _counts.Length; i++)
        {
            above += _counts[i];
        }

        return above;
    }

    /// <summary>Index of the first bucket kept; it may be empty. With <see cref="Kept"/> it is what the codec stores.</summary>
    internal int Offset => _offset;

    /// <summary>Counts of consecutive buckets from <see cref="Offset"/> on; empty ones may stand at either end.</summary>
    internal ReadOnlySpan<int> Kept => _counts;

    /// <summary>Adds to one bucket; with <see cref="AddSum"/> it is how the codec merges from stored bytes.</summary>
    internal void AddBucket(int index, int count)
    {
        Slot(index) += count;
        Count += count;
    }

    /// <summary>Makes room for buckets from one index to another, so that adding them copies nothing.</summary>
    internal void Widen(int lowest, int highest)
    {
        Slot(lowest);
        Slot(highest);
    }

    internal void AddSum(double milliseconds) => Sum += milliseconds;

    /// <summary>Buckets that hold something, ascending: representative value in milliseconds, and count.</summary>
    public IEnumerable<(double Value, int Count)> Buckets()
    {
        for (var i = 0; i < _counts.Length; i++)
        {
            if (_counts[i] > 0)
            {
                yield return (Value(_offset + i), _counts[i]);
            }
        }
    }

    /// <summary>What a value counts as, and the bucket it goes into.</summary>
    internal static (double Value, int Index) Place(double milliseconds)
    {
        var value = Math.Max(milliseconds, Smallest);
        return (value, (int)Math.Ceiling(Math.Log(value) / LogGamma));
    }

    private int At(int index) => index < _offset || index >= _offset + _counts.Length ? 0 : _counts[index - _offset];

    private static double Value(int index) => 2 * Math.Pow(Gamma, index) / (Gamma + 1);

    private ref int Slot(int index)
    {
        if (_counts.Length == 0)
        {
            _counts = new int[1];
            _offset = index;
        }
        else if (index < _offset)
        {
            var more = Math.Max(_offset - index, Slack);
            var wider = new int[_counts.Length + more];
            _counts.CopyTo(wider, more);
            (_counts, _offset) = (wider, _offset - more);
        }
        else if (index >= _offset + _counts.Length)
        {
            Array.Resize(ref _counts, Math.Max(index - _offset + 1, _counts.Length + Slack));
        }

        return ref _counts[index - _offset];
    }
}
