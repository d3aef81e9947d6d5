namespace Probes.Benchmarks.Detection.Series;

/// <summary>
/// A method held against the labels of some series. By window: one counts as found if any point inside is flagged, and an episode (flagged points in a row) that meets no window is false. By
/// flag: the same windows, but each flagged point outside is false. By point: each point by itself.
/// </summary>
internal sealed class SeriesScore
{
    private readonly List<double> _delays = [];
    private int _found;
    private int _missed;
    private int _falseEpisodes;
    private int _truePoints;
    private int _falsePoints;
    private int _missedPoints;

    public double Precision => Part(_found, _falseEpisodes);

    public double Recall => Part(_found, _missed);

    public double WindowF1 => F1(_found, _falseEpisodes, _missed);

    public double FlagF1 => F1(_found, _falsePoints, _missed);

    public double PointF1 => F1(_truePoints, _falsePoints, _missedPoints);

    public string Windows => $"{_found} of {_found + _missed}, {_falseEpisodes} false";

    /// <summary>Points from a window's first to the first that is flagged, median of those found.</summary>
    public double Delay => _delays.Count == 0 ? double.NaN : _delays.Order().ElementAt(_delays.Count / 2);

    public void Add(LabelledSeries series, bool[] flagged)
    {
        foreach (var (first, last) in series.Windows)
        {
            var at = Array.FindIndex(flagged, first, last - first + 1, f => f);
            (_found, _missed) = at >= 0 ? (_found + 1, _missed) : (_found, _missed + 1);
            if (at >= 0)
            {
                _delays.Add(at - first);
            }
        }

        for (var (i, hit) = (0, false); i < flagged.Length; i++)
        {
            var labelled = series.IsLabelled(i);
            _truePoints += flagged[i] && labelled ? 1 : 0;
            _falsePoints += flagged[i] && !labelled ? 1 : 0;
            _missedPoints += !flagged[i] && labelled ? 1 : 0;
            hit = flagged[i] && (hit || labelled);
            _falseEpisodes += flagged[i] && !hit && (i + 1 == flagged.Length || !flagged[i + 1]) ? 1 : 0;
        }
    }

    private static double Part(int right, int wrong) => right + wrong == 0 ? 0 : (double)right / (right + wrong);

    private static double F1(int found, int wrong, int missed) => found == 0 ? 0 : 2.0 * found / ((2 * found) + wrong + missed);
}
