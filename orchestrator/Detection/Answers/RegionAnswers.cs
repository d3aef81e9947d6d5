namespace Probes.Orchestrator.Detection.Answers;

/// <summary>What one region is answered for one check. Not thread-safe.</summary>
internal sealed class RegionAnswers(string region)
{
    private const long CacheSpan = 3_600_000_000;
    private const long CacheStep = CacheSpan / 12;

    private readonly ValueHistory?[] _parts = new ValueHistory?[SeenAnswer.Parts.Count];
    private readonly List<(long Step, int Hits, int Misses)> _cache = [];

    public string Region => region;

    /// <summary>When the latest run was due that told something; microseconds.</summary>
    public long LastAt { get; private set; }

    public TtlHistory Ttl { get; } = new();

    /// <summary>Null when nothing was seen of it.</summary>
    public ValueHistory? this[AnswerPart part] => _parts[(int)part];

    public void Take(SeenAnswer seen)
    {
        LastAt = Math.Max(LastAt, seen.At);
        foreach (var part in SeenAnswer.Parts)
        {
            if (seen[part] is { Length: > 0 } value)
            {
                (_parts[(int)part] ??= new ValueHistory()).Add(value, seen.At);
            }
        }

        if (seen.Ttl is { } ttl)
        {
            Ttl.Add(ttl, seen.At);
        }

        if (seen.Cache != CacheUse.None)
        {
            Count(seen);
        }
    }

    /// <summary>Answers from a cache and others, of the hour before.</summary>
    public (int Hits, int Misses) Cache(long now)
    {
        var last = _cache.Where(c => c.Step > (now - CacheSpan) / CacheStep).ToList();
        return (last.Sum(c => c.Hits), last.Sum(c => c.Misses));
    }

    private void Count(SeenAnswer seen)
    {
        var (step, hit) = (seen.At / CacheStep, seen.Cache == CacheUse.Hit);
        var at = _cache.FindIndex(c => c.Step == step);
        if (at < 0)
        {
            _cache.RemoveAll(c => c.Step <= step - 12);
            _cache.Add((step, hit ? 1 : 0, hit ? 0 : 1));
        }
        else
        {
            var c = _cache[at];
            _cache[at] = (step, c.Hits + (hit ? 1 : 0), c.Misses + (hit ? 0 : 1));
        }
    }
}
