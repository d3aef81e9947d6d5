using Microsoft.Extensions.Logging;
using Probes.Agent.Policy;
using Probes.Agent.Schedule;
using Probes.Contracts.Mapping;

namespace Probes.Agent.Session;

/// <summary>Holds the assignment: in the schedule, on disk, and for the session to build on. Changed by the session loop alone; counts may be read from anywhere.</summary>
internal sealed class AssignmentKeeper(
    AssignmentFile file, RunScheduler scheduler, AgentClock clock, ProbeKindList kinds, TargetGuard guard, TimeProvider time, ILogger<AssignmentKeeper> log) : IDisposable
{
    /// <summary>
    /// How long a process that has just started waits for word before it goes on with what an earlier one held: its checks may have been given to
    /// others in the meantime, and must not be run twice.
    /// </summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan LongestAhead = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private Assignment _held = Assignment.None;
    private volatile int _running;
    private TimeSpan _savedOffset;
    private string _location = "";

    // Accepted, and not yet in the schedule.
    private bool _fresh;
    private ITimer? _waiting;

    public Assignment Held => _held;

    /// <summary>Checks that are scheduled now, or as soon as the assignment takes effect.</summary>
    public int Running => _running;

    public IReadOnlyCollection<string> Kinds => kinds.Names;

    /// <summary>Takes up what the last process held; it runs when an orchestrator has been heard, or when patience has an end.</summary>
    public void Restore(string location)
    {
        if (file.Load(kinds.Names, guard) is not { } saved)
        {
            return;
        }

        lock (_gate)
        {
            _held = saved.Assignment;
            _savedOffset = saved.ClockOffset;
            _location = location;
            clock.Restore(saved.ClockOffset);
            _waiting = time.CreateTimer(_ => Resume(), null, Patience, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Takes a whole, verified assignment and keeps it on disk; it runs from <see cref="Activate"/> on.</summary>
    public void Accept(Assignment next)
    {
        lock (_gate)
        {
            _held = next;
            _fresh = true;
            Save();
        }
    }

    public AssignmentAssembler Assembler() => new(kinds.Names, guard);

    /// <summary>What this agent may touch is another now: each check that it holds is judged anew.</summary>
    public void Judge()
    {
        lock (_gate)
        {
            _held = _held.Judged(kinds.Names, guard);
        }
    }

    /// <summary>Runs what is held, from when on it takes effect.</summary>
    public void Activate(string location)
    {
        lock (_gate)
        {
            StopWaiting();
            Schedule(location);
        }
    }

    /// <summary>A session has begun: a drain before may have paused what is held, and the location may be another now.</summary>
    public void Welcome(string location)
    {
        lock (_gate)
        {
            _location = location;
            if (_waiting is null)
            {
                Schedule(location);
            }
        }
    }

    /// <summary>Takes no new work; what is held stays held.</summary>
    public void Pause(string location)
    {
        lock (_gate)
        {
            StopWaiting();
            _fresh = false;
            scheduler.Replace([], location);
            _running = 0;
        }
    }

    /// <summary>Keeps a clock offset that differs from the one on disk, for a restart without the orchestrator.</summary>
    public void SaveOffset()
    {
        lock (_gate)
        {
            if ((clock.WallOffset - _savedOffset).Duration() > TimeSpan.FromSeconds(1) && _held.Revision > 0)
            {
                Save();
            }
        }
    }

    public void Dispose() => _waiting?.Dispose();

    private void Resume()
    {
        lock (_gate)
        {
            if (_waiting is not null)
            {
                StopWaiting();
                Schedule(_location);
                Log.Restored(log, _running, _held.Revision);
            }
        }
    }

    private void StopWaiting()
    {
        _waiting?.Dispose();
        _waiting = null;
    }

    private void Save()
    {
        _savedOffset = clock.WallOffset;
        file.Save(new SavedAssignment(_held, _savedOffset));
    }

    private void Schedule(string location)
    {
        // What was in the schedule before begins again at once, unless its time has yet to come. A time far ahead is no hand-over: a clock is wrong.
        var now = clock.Now;
        var effective = _held.EffectiveUs == 0 ? null : WireTimes.Time(_held.EffectiveUs);
        var checks = _held.Runnable();
        scheduler.Replace(checks, location, (_fresh || effective > now) && effective < now + LongestAhead ? effective : null);
        _fresh = false;
        _running = checks.Count;
    }
}

/// <summary>Names of the probe kinds this agent can run.</summary>
internal sealed record ProbeKindList(IReadOnlyCollection<string> Names);
