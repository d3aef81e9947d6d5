using Probes.Orchestrator.Rollups;

namespace Probes.Orchestrator.Store.Postgres;

/// <summary>
/// Which rollups this process has written lately, so that those of new keys are written without looking whether there are any. A guess only: the table's key refuses a wrong one, and nothing
/// is written then. Two generations, of which the older is forgotten when the younger is full, or has lasted for some minutes: what comes later still is rare.
/// </summary>
internal sealed class RecentRollups
{
    /// <summary>Keys of one generation, some 40 bytes each.</summary>
    private const int Most = 200_000;

    /// <summary>Minutes of one generation.</summary>
    private const int Lasts = 5;

    /// <summary>Writes after a wrong guess that look first: other orchestrators write the same keys.</summary>
    private const int Cautious = 50;

    private readonly Lock _lock = new();
    private HashSet<RollupKey> _older = [];
    private HashSet<RollupKey> _younger = [];
    private long _since;
    private int _caution;

    /// <summary>Parts keys, in their order, into those that are taken for new and those that may be there already.</summary>
    public (List<RollupKey> New, List<RollupKey> Known) Part(IReadOnlyList<RollupKey> keys)
    {
        lock (_lock)
        {
            if (_caution > 0)
            {
                _caution--;
                return ([], [.. keys]);
            }

            var (fresh, known) = (new List<RollupKey>(keys.Count), new List<RollupKey>());
            foreach (var key in keys)
            {
                (_younger.Contains(key) || _older.Contains(key) ? known : fresh).Add(key);
            }

            return (fresh, known);
        }
    }

    public void Wrong()
    {
        lock (_lock)
        {
            _caution = Cautious;
        }
    }

    public void Written(IReadOnlyList<RollupKey> keys)
    {
        lock (_lock)
        {
            foreach (var key in keys)
            {
                if (_younger.Count >= Most || key.Minute >= _since + Lasts)
                {
                    (_older, _younger, _since) = (_younger, _older, Math.Max(_since, key.Minute));
                    _younger.Clear();
                }

                _younger.Add(key);
            }
        }
    }
}
