namespace Probes.Orchestrator.Store;

/// <summary>Work that only one orchestrator may do at a time, such as rolling up.</summary>
public interface ISingletons
{
    /// <summary>Null when another process holds the name; else hold it until disposed. On PostgreSQL an advisory lock; SQLite has one process.</summary>
    Task<IAsyncDisposable?> TryTakeAsync(string name, CancellationToken ct);
}
