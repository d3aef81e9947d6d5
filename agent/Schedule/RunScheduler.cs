using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Probes.Agent.Session;
using Probes.Contracts.Checks;

namespace Probes.Agent.Schedule;

/// <summary>
/// Starts runs when they are due: one thread that wakes at most every 5 ms and hands out whatever has come due since. A timer for each check would
/// fire early and skip; a precise queue would cost a core.
/// </summary>
internal sealed class RunScheduler(IRunSink sink, AgentClock clock, TimeProvider time, ILogger<RunScheduler> log) : IHostedService, IDisposable
{
    /// <summary>Due times within one slot start together.</summary>
    public static readonly TimeSpan Slot = TimeSpan.FromMilliseconds(5);

    /// <summary>A clock that moves by more than this has been set.</summary>
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(1);

    private readonly AutoResetEvent _wake = new(false);
    private readonly DueQueue _queue = new();
    private readonly Queue<DueRun> _waiting = new();
    private readonly List<DueRun> _due = [];
    private readonly List<MissedRange> _missed = [];
    private readonly ConcurrentQueue<Plan> _plans = new();
    private bool _begun;
    private ClockReading _last;
    private Thread? _thread;
    private volatile bool _stopped;

    /// <summary>Swaps the whole schedule. Checks that stay keep their phase.</summary>
    /// <param name="checks">Each name once.</param>
    /// <param name="location">Where this agent is.</param>
    /// <param name="effective">By the corrected clock: due times before it stay with the schedule until now; null: at once.</param>
    public void Replace(IReadOnlyList<Check> checks, string location, DateTimeOffset? effective = null)
    {
        _plans.Enqueue(new Plan(checks, location, effective));
        _wake.Set();
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _thread = new Thread(Loop) { IsBackground = true, Name = "schedule", Priority = ThreadPriority.AboveNormal };
        _thread.Start();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _stopped = true;
        _wake.Set();
        _thread?.Join();
        return Task.CompletedTask;
    }

    public void Dispose() => _wake.Dispose();

    /// <summary>One round: starts and reports what has come due.</summary>
    /// <returns>How long there is nothing to do.</returns>
    internal TimeSpan Tick()
    {
        var began = time.GetTimestamp();
        var reading = clock.Read();
        var now = DueQueue.Ticks(reading.Now);

        // 1. A corrected clock, or one set back, makes the times between meaningless. One that leapt forward is a stretch that was missed.
        // Lesser moves only make runs a little late: beginning anew for them could run one due time twice.
        if (_begun && ((reading.Correction - _last.Correction).Duration() > Step || _last.Now - reading.Now > Step))
        {
            Log.Realigned(log, (reading.Now - _last.Now).TotalSeconds);
            _queue.Realign(now);
        }

        _last = reading;

        // 2. New schedules, each in its turn: one may end what another has yet to begin.
        while (_plans.TryDequeue(out var plan))
        {
            _queue.Replace(plan.Checks, plan.Location, now, plan.Effective is { } effective ? DueQueue.Ticks(effective) : null);
            _begun = true;
        }

        // 3. What waits for a free place goes first, then what is due now.
        StartWaiting(reading.Now);
        _due.Clear();
        _missed.Clear();
        _queue.Advance(now, _due, _missed);
        foreach (var range in _missed)
        {
            sink.Missed(range);
        }

        foreach (var run in _due)
        {
            if (_waiting.Count > 0 || !sink.TryStart(run))
            {
                _waiting.Enqueue(run);
            }
        }

        return Pause(now, time.GetElapsedTime(began));
    }

    private void StartWaiting(DateTimeOffset now)
    {
        while (_waiting.TryPeek(out var run))
        {
            if (now - run.Due > run.Window || now < run.Due)
            {
                sink.Missed(run);
            }
            else if (!sink.TryStart(run))
            {
                // Those behind may be beyond their window already, but no more than one slot longer than this one allows.
                return;
            }

            _waiting.Dequeue();
        }
    }

    private TimeSpan Pause(long now, TimeSpan spent)
    {
        var slot = Slot - spent;
        if (_waiting.Count > 0)
        {
            return slot;
        }

        var next = TimeSpan.FromTicks((_queue.Next ?? long.MaxValue) - now) - spent;
        return next < slot ? slot : next > LongestWait ? LongestWait : next;
    }

    private void Loop()
    {
        while (!_stopped)
        {
            var pause = LongestWait;
            try
            {
                pause = Tick();
            }
            catch (Exception error)
            {
                // One bad round must not end all monitoring.
                Log.RoundFailed(log, error);
            }

            // Half a millisecond short of due costs one more round, never an early start.
            _wake.WaitOne(Math.Max(1, (int)Math.Round(pause.TotalMilliseconds)));
        }
    }

    private sealed record Plan(IReadOnlyList<Check> Checks, string Location, DateTimeOffset? Effective);
}
