namespace Probes.Orchestrator.Detection.Season;

/// <summary>The last values of a stream, kept in order, so that any quantile of them is a look-up. Adding one costs a move of at most all of them. Not thread-safe.</summary>
/// <param name="most">How many are kept; the oldest go.</param>
internal sealed class RollingQuantiles(int most)
{
    private readonly Queue<float> _age = new();
    private readonly List<float> _sorted = [];

    public int Count => _sorted.Count;

    public void Add(double value)
    {
        var kept = (float)value;
        _age.Enqueue(kept);
        _sorted.Insert(Place(kept), kept);
        if (_age.Count > most)
        {
            _sorted.RemoveAt(Place(_age.Dequeue()));
        }
    }

    /// <summary>The value at quantile q in 0..1 (nearest rank); NaN when there are none.</summary>
    public double Quantile(double q) => _sorted.Count == 0 ? double.NaN : _sorted[(int)Math.Round(q * (_sorted.Count - 1))];

    private int Place(float value)
    {
        var at = _sorted.BinarySearch(value);
        return at < 0 ? ~at : at;
    }
}
