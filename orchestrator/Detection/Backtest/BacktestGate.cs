namespace Probes.Orchestrator.Detection.Backtest;

/// <summary>One backtest at a time in one orchestrator, and how far it is.</summary>
internal sealed class BacktestGate
{
    private int _running;
    private volatile BacktestProgress? _progress;

    /// <summary>Null: none runs here.</summary>
    public BacktestProgress? Progress => Volatile.Read(ref _running) == 1 ? _progress ?? new BacktestProgress("load", 0, 0) : null;

    /// <summary>False when one runs already; else <see cref="End"/> must follow.</summary>
    public bool TryBegin()
    {
        if (Interlocked.CompareExchange(ref _running, 1, 0) != 0)
        {
            return false;
        }

        _progress = null;
        return true;
    }

    /// <summary>Hands it back.</summary>
    public BacktestProgress Tell(BacktestProgress progress) => _progress = progress;

    public void End() => Interlocked.Exchange(ref _running, 0);
}
