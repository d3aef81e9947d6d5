namespace Probes.Orchestrator.Detection.Season;

/// <summary>What a forecast of a series rests on.</summary>
public enum Basis
{
    /// <summary>The last values.</summary>
    Level = 1,

    /// <summary>The same time of day on the days before.</summary>
    TimeOfDay,

    /// <summary>The same time of day, moved by what the last values were off.</summary>
    TimeOfDayAndLevel,

    /// <summary>The same time of the week in the weeks before.</summary>
    TimeOfWeek,

    /// <summary>The runs just before: it changes little by little.</summary>
    JustBefore,
}

/// <summary>What is to be expected of a series at some time.</summary>
/// <param name="Basis">What the forecast rests on: whichever has erred least lately.</param>
/// <param name="Points">Values it was tried on.</param>
/// <param name="Value">Expected value, in the unit of the series.</param>
/// <param name="Low">Below it is out of the ordinary.</param>
/// <param name="High">Above it is out of the ordinary.</param>
public readonly record struct Expectation(Basis Basis, int Points, double Value, double Low, double High);

/// <summary>One value held against what was expected; <paramref name="Expected"/> null: too little was known.</summary>
/// <param name="Score">How far it is off, in units of the usual error; 0 when nothing was expected.</param>
/// <param name="IsOut">Whether it is out of the ordinary, upwards or downwards.</param>
internal readonly record struct BandReading(Expectation? Expected, double Score, bool IsOut);

/// <summary>
/// A band in which the next value of a regular series is expected. Four forecasts are made of each value - of its level, its time of day, both, and its time of week - and the
/// one whose errors have been smallest is asked (prequential choice: Dawid, JRSS A 1984), so that a season counts only where it helps. How far off a value may be follows from
/// the forecast's own past errors, by quantiles that outliers do not move: it assumes no distribution. Works on logarithms: latencies vary in proportion. Values that are out
/// do not become normal, until they have lasted for <see cref="Lasting"/>. A shift that lasts is half of the time-of-day forecast after three and a half of the seven days that it
/// remembers (a median). Not thread-safe.
/// </summary>
internal sealed class SeriesBand
{
    /// <summary>Usual errors off from which a value is out of the ordinary.</summary>
    internal const double Out = 6;

    /// <summary>What lasts longer is no exception.</summary>
    internal static readonly TimeSpan Lasting = TimeSpan.FromDays(1);

    private const int FewestErrors = 48;
    private const int FewestDays = 3;
    private const int FewestWeeks = 2;
    private const int MostDays = 7;
    private const int MostWeeks = 4;
    private const int LevelOf = 12;

    // The usual error: 1.4826 times the median (the standard deviation, were they normal), or half of what one in forty exceeds, where the tail is heavy.
    private const double TailAt = 0.975;
    private const double TailPart = 0.5;

    // However steady a series was: a tenth more is not out of the ordinary.
    private static readonly double LeastError = Math.Log(1.1) / Out;

    private static readonly TimeSpan ErrorsOf = TimeSpan.FromDays(14);
    private static readonly TimeSpan ShortestSlot = TimeSpan.FromMinutes(15);

    private readonly TimeSpan _slot;
    private readonly int _inSlot;
    private readonly int _lasting;
    private readonly RollingQuantiles[] _errors;
    private readonly Dictionary<int, Recent> _days = [];
    private readonly Dictionary<int, Recent> _weeks = [];
    private readonly Recent _level = new(LevelOf);
    private readonly Recent _offDay = new(LevelOf);
    private readonly Recent _first = new(2 * FewestErrors);
    private double _floor = double.NaN;
    private int _seen;
    private int _out;

    /// <param name="step">Time between values.</param>
    public SeriesBand(TimeSpan step)
    {
        _slot = step > ShortestSlot ? step : ShortestSlot;
        _inSlot = Math.Max(1, (int)(_slot / step));
        _lasting = Math.Max(1, (int)(Lasting / step));
        var most = Math.Max(400, (int)(ErrorsOf / step));
        _errors = [.. Enum.GetValues<Basis>().Select(_ => new RollingQuantiles(most))];
    }

    /// <summary>Holds the next value against what was expected of it, and learns from it. Values come in order of time; what is missing is left out.</summary>
    public BandReading Next(DateTimeOffset at, double value)
    {
        Learn(value);
        var x = Math.Log(Math.Max(value, 0) + _floor);
        var forecasts = Forecasts(at);
        var best = Best(forecasts);
        var score = best is var (basis, error) ? (x - forecasts[(int)basis - 1]) / error : 0;
        var isOut = Math.Abs(score) > Out;
        _out = isOut ? _out + 1 : 0;

        // Of values that are out one after another the first alone widens the band: spikes that come again and again are a tail, what lasts is a shift.
        if (_out <= 1 || _out > _lasting)
        {
            for (var i = 0; i < forecasts.Length; i++)
            {
                if (!double.IsNaN(forecasts[i]))
                {
                    _errors[i].Add(Math.Abs(x - forecasts[i]));
                }
            }
        }

        if (!isOut || _out > _lasting)
        {
            Remember(at, x, forecasts);
        }

        return new BandReading(Expected(best, forecasts), score, isOut);
    }

    /// <summary>What is expected of a value at a time after the last; null: too little is known.</summary>
    public Expectation? Expect(DateTimeOffset at)
    {
        var forecasts = Forecasts(at);
        return Expected(Best(forecasts), forecasts);
    }

    // A hundredth of a millisecond and none at all are the same; the logarithm must not make a world of it.
    private void Learn(double value)
    {
        _seen++;
        if (_seen <= 2 * FewestErrors && value > 0)
        {
            _first.Add(value);
            _floor = 0.01 * _first.Median();
        }
        else if (double.IsNaN(_floor))
        {
            _floor = value > 0 ? 0.01 * value : 0.001;
        }
    }

    private double[] Forecasts(DateTimeOffset at)
    {
        var (day, week) = Slots(at);
        var ofDay = _days.TryGetValue(day, out var days) && days.Count >= FewestDays * _inSlot ? days.Median() : double.NaN;
        var ofWeek = _weeks.TryGetValue(week, out var weeks) && weeks.Count >= FewestWeeks * _inSlot ? weeks.Median() : double.NaN;
        return
        [
            _level.Count >= 4 ? _level.Median() : double.NaN,
            ofDay,
            _offDay.Count >= 3 ? ofDay + _offDay.Median() : double.NaN,
            ofWeek,
        ];
    }

    private (Basis Basis, double Error)? Best(double[] forecasts)
    {
        (Basis, double)? best = null;
        for (var i = 0; i < forecasts.Length; i++)
        {
            if (double.IsNaN(forecasts[i]) || _errors[i].Count < FewestErrors)
            {
                continue;
            }

            var error = Math.Max(Math.Max(1.4826 * _errors[i].Quantile(0.5), TailPart * _errors[i].Quantile(TailAt)), LeastError);
            if (best is not var (_, least) || error < least)
            {
                best = ((Basis)(i + 1), error);
            }
        }

        return best;
    }

    private Expectation? Expected((Basis Basis, double Error)? best, double[] forecasts)
    {
        if (best is not var (basis, error))
        {
            return null;
        }

        var x = forecasts[(int)basis - 1];
        return new Expectation(basis, _errors[(int)basis - 1].Count, Value(x), Value(x - (Out * error)), Value(x + (Out * error)));
    }

    private double Value(double x) => Math.Max(0, Math.Exp(x) - _floor);

    private void Remember(DateTimeOffset at, double x, double[] forecasts)
    {
        var (day, week) = Slots(at);
        _level.Add(x);
        Of(_days, day, MostDays).Add(x);
        Of(_weeks, week, MostWeeks).Add(x);
        if (forecasts[(int)Basis.TimeOfDay - 1] is var ofDay && !double.IsNaN(ofDay))
        {
            _offDay.Add(x - ofDay);
        }
    }

    private Recent Of(Dictionary<int, Recent> slots, int slot, int most)
    {
        if (!slots.TryGetValue(slot, out var recent))
        {
            slots[slot] = recent = new Recent(most * _inSlot);
        }

        return recent;
    }

    private (int Day, int Week) Slots(DateTimeOffset at)
    {
        var day = (int)(at.UtcDateTime.TimeOfDay / _slot);
        return (day, ((int)at.UtcDateTime.DayOfWeek * 2000) + day);
    }

    /// <summary>The last few values; the median is sought anew each time.</summary>
    private sealed class Recent(int most)
    {
        private readonly Queue<double> _values = new(Math.Min(most, 16));

        public int Count => _values.Count;

        public void Add(double value)
        {
            if (_values.Count == most)
            {
                _values.Dequeue();
            }

            _values.Enqueue(value);
        }

        public double Median()
        {
            var sorted = _values.ToArray();
            Array.Sort(sorted);
            var middle = sorted.Length / 2;
            return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }
    }
}
