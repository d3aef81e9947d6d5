using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Season;

namespace Probes.Benchmarks.Detection.Series;

/// <summary>
/// The product's own judgment of a slow series, with its defaults: the band in which a value is expected, and the hysteresis of a region's level. The product asks only whether latency rose; the
/// labels here are of changes in either direction, so both count.
/// </summary>
internal sealed class OurRule(LabelledSeries series) : IRule
{
    private static readonly DetectorOptions Options = new();

    private readonly SeriesBand _band = new(series.Step);
    private DetectorState _state = DetectorState.New(series.Times[0]);
    private int _next;

    public bool Next(double value)
    {
        var at = series.Times[_next++];
        var reading = _band.Next(at, value);
        var level = reading.Expected is null ? Level.Unknown : reading.IsOut ? Level.Degraded : Level.Healthy;
        _state = _state.After(new Judgment(level, new Evidence { WindowFrom = at }, Certain: true), at, Options, Options.ToLeave);
        return _state.Flagged;
    }
}
