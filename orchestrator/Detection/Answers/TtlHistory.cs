namespace Probes.Orchestrator.Detection.Answers;

/// <summary>
/// The largest time to live seen in each of the last hours. A resolver that caches counts it down, so that only the largest of many tells what the zone says. Times are microseconds.
/// </summary>
internal sealed class TtlHistory
{
    private const long Hour = 3_600_000_000;
    private const int Hours = 24;

    /// <summary>Runs of an hour without which its largest tells little.</summary>
    private const int Enough = 20;

    private readonly List<(long Hour, int Most, int Runs)> _hours = [];

    /// <summary>The largest of all; 0 when there is none.</summary>
    public int Most => _hours.Count == 0 ? 0 : _hours.Max(h => h.Most);

    public void Add(int ttl, long at)
    {
        var hour = at / Hour;
        if (_hours.Count > 0 && _hours[^1].Hour == hour)
        {
            var last = _hours[^1];
            _hours[^1] = (hour, Math.Max(last.Most, ttl), last.Runs + 1);
            return;
        }

        _hours.RemoveAll(h => h.Hour <= hour - Hours);
        _hours.Add((hour, ttl, 1));
    }

    /// <summary>What it was and is, when all hours from one on differ from all before: it rose by more than a tenth, or fell to less than half. The hour under way does not count. Null otherwise.</summary>
    public (int Was, int Is, long Since)? Changed(long now)
    {
        var over = _hours.Where(h => h.Hour < now / Hour && h.Runs >= Enough).ToList();
        for (var i = 1; i < over.Count; i++)
        {
            var (was, after) = (over[..i].Max(h => h.Most), over[i..]);
            if (after.TrueForAll(h => h.Most > was + (was / 10)) || after.TrueForAll(h => h.Most < was / 2))
            {
                return (was, after.Max(h => h.Most), after[0].Hour * Hour);
            }
        }

        return null;
    }
}
