namespace Probes.Faults.Soak;

/// <summary>
/// Resident memory of one process over time, and the slope of its floor by least squares. The floor is the least of each minute: what a process holds on to; a garbage
/// collector takes the rest when it pleases, a hundred megabytes and more at a time.
/// </summary>
internal sealed class MemoryCurve(string name, Func<double?> read)
{
    private readonly List<(double Hours, double Mb)> _points = [];

    public string Name => name;

    public double LastMb => _points.Count == 0 ? 0 : _points[^1].Mb;

    public double MostMb => _points.Count == 0 ? 0 : _points.Max(p => p.Mb);

    public void Note(double hours)
    {
        if (read() is { } mb)
        {
            _points.Add((hours, mb));
        }
    }

    /// <summary>Slope in MB per hour of what was noted from a time on, and the standard error of that slope; null of fewer than three points.</summary>
    public (double Slope, double Error)? SlopeFrom(double hours)
    {
        var points = _points.Where(p => p.Hours >= hours).GroupBy(p => (int)(p.Hours * 60)).Select(m => m.MinBy(p => p.Mb)).ToList();
        if (points.Count < 3)
        {
            return null;
        }

        var (x, y) = (points.Average(p => p.Hours), points.Average(p => p.Mb));
        var spread = points.Sum(p => (p.Hours - x) * (p.Hours - x));
        var slope = points.Sum(p => (p.Hours - x) * (p.Mb - y)) / spread;
        var rest = points.Sum(p => Math.Pow(p.Mb - y - (slope * (p.Hours - x)), 2));
        return (slope, Math.Sqrt(rest / (points.Count - 2) / spread));
    }
}
