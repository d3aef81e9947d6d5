namespace Probes.Orchestrator.Store;

/// <summary>Tells when the store can be used: it answers, and its schema is the one this build needs.</summary>
public sealed class StoreReady
{
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile string _reason = "the store has not been opened yet";

    public bool IsReady => _ready.Task.IsCompleted;

    /// <summary>Why it is not ready yet; for people, without secrets.</summary>
    public string Reason => _reason;

    /// <summary>Completes once the store has become usable; stays completed.</summary>
    public Task WhenReadyAsync(CancellationToken ct) => _ready.Task.WaitAsync(ct);

    internal void Succeed()
    {
        _reason = "";
        _ready.TrySetResult();
    }

    internal void Fail(string reason) => _reason = reason;
}
