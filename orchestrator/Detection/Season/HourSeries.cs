namespace Probes.Orchestrator.Detection.Season;

/// <summary>Medians of one pair, hour by hour, and what follows from them. Three kilobytes for four weeks; the band is made anew once an hour. Not thread-safe.</summary>
/// <param name="most">Hours kept.</param>
internal sealed class HourSeries(int most)
{
    private readonly Queue<(int Hour, float MedianMs)> _hours = new();

    /// <summary>What was expected of the last hour that is over; null: too little is known.</summary>
    public Expectation? Expected { get; private set; }

    /// <summary>The last hour that is over was slower than it ought to be at that time.</summary>
    public bool IsSlow { get; private set; }

    /// <summary>Start of that hour, minutes since the Unix epoch.</summary>
    public long Minute { get; private set; }

    /// <param name="minute">First of the hour, since the Unix epoch; later than all before.</param>
    /// <param name="medianMs">Of its passed runs.</param>
    public void Add(long minute, double medianMs)
    {
        _hours.Enqueue(((int)(minute / 60), (float)medianMs));
        if (_hours.Count > most)
        {
            _hours.Dequeue();
        }
    }

    /// <summary>Judges the hour that ended at a minute; one of which nothing is known is not slow.</summary>
    public void Judge(long to)
    {
        var band = new SeriesBand(TimeSpan.FromHours(1));
        var last = default(BandReading);
        foreach (var (hour, median) in _hours)
        {
            last = band.Next(DateTimeOffset.UnixEpoch.AddHours(hour), median);
        }

        var known = _hours.Count > 0 && (_hours.Last().Hour + 1) * 60L == to;
        (Minute, Expected, IsSlow) = (to - 60, known ? last.Expected : null, known && last is { IsOut: true, Score: > 0 });
    }
}
