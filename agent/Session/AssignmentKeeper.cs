using Microsoft.Extensions.Logging;
using Probes.Agent.Policy;
using Probes.Agent.Schedule;
using Probes.Contracts.Checks;

namespace Probes.Agent.Session;

/// <summary>Holds the assignment: in the schedule, on disk, and for the session to build on. Used by the session loop alone; counts may be read from anywhere.</summary>
internal sealed class AssignmentKeeper(AssignmentFile file, RunScheduler scheduler, AgentClock clock, ProbeKindList kinds, TargetGuard guard, ILogger<AssignmentKeeper> log)
{
    private Assignment _held = Assignment.None;
    private volatile int _running;
    private TimeSpan _savedOffset;

    public Assignment Held => _held;

    /// <summary>Checks that are scheduled now.</summary>
    public int Running => _running;

    public IReadOnlyCollection<string> Kinds => kinds.Names;

    /// <summary>Goes on with what the last process held.</summary>
    public void Restore(string location)
    {
        if (file.Load(kinds.Names, guard) is not { } saved)
        {
            return;
        }

        _held = saved.Assignment;
        _savedOffset = saved.ClockOffset;
        clock.Set(saved.ClockOffset);
        Activate(location);
        Log.Restored(log, _running, _held.Revision);
    }

    /// <summary>Takes a whole, verified assignment and keeps it on disk; it runs from <see cref="Activate"/> on.</summary>
    public void Accept(Assignment next)
    {
        _held = next;
        Save();
    }

    public AssignmentAssembler Assembler() => new(kinds.Names, guard);

    /// <summary>What this agent may touch is another now: each check that it holds is judged anew.</summary>
    public void Judge() => _held = _held.Judged(kinds.Names, guard);

    public void Activate(string location) => Schedule(_held.Runnable(), location);

    /// <summary>Takes no new work; what is held stays held.</summary>
    public void Pause(string location) => Schedule([], location);

    /// <summary>Keeps a clock offset that differs from the one on disk, for a restart without the orchestrator.</summary>
    public void SaveOffset()
    {
        if ((clock.Offset - _savedOffset).Duration() > TimeSpan.FromSeconds(1) && _held.Revision > 0)
        {
            Save();
        }
    }

    private void Save()
    {
        _savedOffset = clock.Offset;
        file.Save(new SavedAssignment(_held, _savedOffset));
    }

    private void Schedule(IReadOnlyList<Check> checks, string location)
    {
        scheduler.Replace(checks, location);
        _running = checks.Count;
    }
}

/// <summary>Names of the probe kinds this agent can run.</summary>
internal sealed record ProbeKindList(IReadOnlyCollection<string> Names);
