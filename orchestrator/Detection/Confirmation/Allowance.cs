namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>So many a minute, and no more at once than a minute's worth; repetitions leave half of it to others. Not thread-safe.</summary>
internal sealed class Allowance(int perMinute)
{
    private double _left = perMinute;
    private DateTimeOffset? _at;

    /// <summary>Whether there is one to be taken.</summary>
    public bool Has(DateTimeOffset now, bool repeated)
    {
        var passed = _at is { } then && now > then ? now - then : TimeSpan.Zero;
        _at = now;
        _left = Math.Min(perMinute, _left + (perMinute * passed.TotalMinutes));
        return _left >= (repeated ? Math.Max(1, perMinute / 2.0) : 1);
    }

    public bool Take(DateTimeOffset now, bool repeated)
    {
        if (!Has(now, repeated))
        {
            return false;
        }

        _left--;
        return true;
    }
}
