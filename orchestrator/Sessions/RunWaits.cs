using Probes.Contracts.Wire;

namespace Probes.Orchestrator.Sessions;

/// <summary>Runs on demand that one agent was asked for and has not finished. Only that agent's own updates reach it.</summary>
internal sealed class RunWaits
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Wait> _waiting = new(StringComparer.Ordinal);

    /// <summary>Completes with the last update: refused or done; null when the session ends before.</summary>
    internal Task<RunUpdate?> Expect(string id)
    {
        lock (_gate)
        {
            return (_waiting[id] = new Wait()).Done.Task;
        }
    }

    /// <summary>Whether the agent has said that it will run it.</summary>
    internal bool IsAccepted(string id)
    {
        lock (_gate)
        {
            return _waiting.TryGetValue(id, out var wait) && wait.Accepted;
        }
    }

    internal void Forget(string id)
    {
        lock (_gate)
        {
            _waiting.Remove(id);
        }
    }

    /// <summary>An update that nobody waits for, or any more, is dropped.</summary>
    internal void Take(RunUpdate update)
    {
        lock (_gate)
        {
            if (!_waiting.TryGetValue(update.Id, out var wait))
            {
                return;
            }

            if (update.State == RunState.Accepted)
            {
                wait.Accepted = true;
            }
            else
            {
                wait.Done.TrySetResult(update);
            }
        }
    }

    internal void End()
    {
        lock (_gate)
        {
            foreach (var wait in _waiting.Values)
            {
                wait.Done.TrySetResult(null);
            }
        }
    }

    private sealed class Wait
    {
        public bool Accepted { get; set; }

        public TaskCompletionSource<RunUpdate?> Done { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
