namespace Probes.Orchestrator.Detection.Answers;

/// <summary>One value of a part, with when it was seen. Times are microseconds.</summary>
internal sealed class Spell(string value, long first)
{
    public string Value => value;

    public long First { get; } = first;

    public long Last { get; set; } = first;

    public long Runs { get; set; } = 1;
}

/// <summary>
/// What one region saw of one part over the last day, bounded: its values, and the last few runs. Values are normal that were seen while it was learnt, or first
/// more than a day ago; a region that keeps seeing new ones has no normal, and is compared with nobody. Not thread-safe.
/// </summary>
internal sealed class ValueHistory
{
    public const int MostRecent = 8;

    /// <summary>A day, in microseconds: what was last seen longer ago is forgotten, what was first seen longer ago is normal.</summary>
    public const long Day = 86_400_000_000;

    private const int MostValues = 12;

    /// <summary>So many new values within a day are no event any more.</summary>
    private const int Restless = 4;

    private readonly List<Spell> _values = [];
    private readonly List<(long At, Spell Spell)> _recent = new(MostRecent);
    private readonly Queue<long> _new = new(Restless);

    public long Began { get; private set; }

    public long LastAt { get; private set; }

    public IReadOnlyList<Spell> Values => _values;

    /// <summary>When the run of equal values began that lasts until now.</summary>
    public long StreakFrom { get; private set; }

    public long StreakRuns { get; private set; }

    /// <summary>The latest value; empty when there is none.</summary>
    public string Now => _recent.Count > 0 ? _recent[^1].Spell.Value : "";

    public void Add(string value, long at)
    {
        if (_values.Count == 0 || at - LastAt > Day)
        {
            (_, Began) = (Clear(), at);
        }

        _values.RemoveAll(v => at - v.Last > Day);
        (StreakFrom, StreakRuns) = value == Now && StreakRuns > 0 ? (StreakFrom, StreakRuns + 1) : (at, 1);
        LastAt = Math.Max(LastAt, at);
        var spell = _values.Find(v => v.Value == value);
        if (spell is not null)
        {
            (spell.Last, spell.Runs) = (at, spell.Runs + 1);
        }
        else
        {
            spell = new Spell(value, at);
            if (_values.Count >= MostValues)
            {
                _values.Remove(_values.MinBy(v => v.Last)!);
            }

            _values.Add(spell);
            if (_new.Count == Restless)
            {
                _new.Dequeue();
            }

            _new.Enqueue(at);
        }

        if (_recent.Count == MostRecent)
        {
            _recent.RemoveAt(0);
        }

        _recent.Add((at, spell));
    }

    /// <summary>Values of the last runs, each once; none when there are not so many runs.</summary>
    public IReadOnlyList<Spell> Recent(int runs) => _recent.Count < runs ? [] : [.. _recent.TakeLast(runs).Select(r => r.Spell).Distinct()];

    /// <summary>Whether the values seen until now may be held against others.</summary>
    public bool Settled(long now, long learn) => _values.Count > 0 && now - Began >= learn && !(_new.Count == Restless && now - _new.Peek() < Day && _new.Peek() > Began + learn);

    public bool IsNormal(Spell spell, long now, long learn) => spell.First <= Began + learn || now - spell.First > Day;

    public IEnumerable<string> Normal(long now, long learn) => _values.Where(v => IsNormal(v, now, learn)).Select(v => v.Value);

    private bool Clear()
    {
        _values.Clear();
        _recent.Clear();
        _new.Clear();
        StreakRuns = 0;
        return true;
    }
}
