namespace Probes.Agent.Fitness;

/// <summary>Turns the system's totals into parts of the last ten seconds. The totals cost most of a look and are read every other second.</summary>
internal sealed class CpuWindow(ReadMachine machine)
{
    private static readonly TimeSpan Length = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan ReadEvery = TimeSpan.FromSeconds(1.8);

    /// <summary>With fewer turns on a CPU the average says little.</summary>
    private const long FewestSlices = 50;

    private readonly Queue<(TimeSpan At, MachineTotals Totals)> _read = new();
    private (TimeSpan At, MachineTotals Totals) _last;
    private CpuSignals _known;

    /// <param name="now">The look's time.</param>
    /// <param name="lag">How late it came.</param>
    public CpuSignals Next(TimeSpan now, TimeSpan lag)
    {
        if (_read.Count == 0 || now - _last.At >= ReadEvery)
        {
            _last = (now, machine());
            _read.Enqueue(_last);
            while (_read.Count > 2 && now - _read.Peek().At > Length)
            {
                _read.Dequeue();
            }

            var first = _read.Peek();
            _known = Between(first.Totals, _last.Totals, now - first.At);
        }

        return _known with { Lag = lag > TimeSpan.Zero ? lag : TimeSpan.Zero };
    }

    internal static CpuSignals Between(in MachineTotals from, in MachineTotals to, TimeSpan span)
    {
        // Too short a time says nothing.
        if (span < Length / 4)
        {
            return default;
        }

        // Threads that ended take their counts with them.
        var slices = to.Slices - from.Slices;
        return new CpuSignals(default, (to.Throttled - from.Throttled) / span, (to.Collecting - from.Collecting) / span,
            slices >= FewestSlices && to.Queued - from.Queued is { } waited && waited >= TimeSpan.Zero ? waited / slices : null);
    }
}
