using System.Collections.Concurrent;

namespace Probes.Orchestrator.Ingest;

/// <summary>Lets a sender wait until its very batch is dealt with. Bounded by the relay's own limit of calls in flight.</summary>
internal sealed class IngestReceipts
{
    private readonly ConcurrentDictionary<Guid, TaskCompletionSource<string>> _waiting = new();

    /// <summary>Waits for this message: empty when stored, else why it was dead-lettered; faulted when storing failed.</summary>
    public Task<string> Expect(Guid messageId) =>
        _waiting.GetOrAdd(messageId, _ => new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Forget(Guid messageId) => _waiting.TryRemove(messageId, out _);

    public void Complete(Guid? messageId, string refusal)
    {
        if (messageId is { } id && _waiting.TryRemove(id, out var waiting))
        {
            waiting.TrySetResult(refusal);
        }
    }

    public void Fail(Guid? messageId, Exception error)
    {
        if (messageId is { } id && _waiting.TryRemove(id, out var waiting))
        {
            waiting.TrySetException(error);
        }
    }
}
