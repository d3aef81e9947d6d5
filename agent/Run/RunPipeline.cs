using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Probes.Agent.Fitness;
using Probes.Agent.Probes;
using Probes.Agent.Schedule;
using Probes.Agent.Session;
using Probes.Agent.Spool;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Run;

/// <summary>Finds the probe of a kind; null when there is none.</summary>
internal delegate IProbe? FindProbe(string kind);

/// <summary>Due run -> probe -> result -> spool. Every run it takes ends as exactly one result.</summary>
internal sealed class RunPipeline(
    FindProbe find, ISpool spool, FitnessMonitor fitness, AgentClock clock, TimeProvider time, AgentOptions options, RunCounters counters, ILogger<RunPipeline> log)
    : IRunSink, IHostedService, IDisposable
{
    /// <summary>A start later than this counts as late.</summary>
    public static readonly TimeSpan LateAfter = ScheduleGrid.LateAfter;

    /// <summary>How long a stop waits for probes that run.</summary>
    public static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(5);

    /// <summary>Missed results for one check after a gap; the rest is counted only.</summary>
    public const int MostMissedPerCheck = 1000;

    // Missed results of all checks that may follow each other without a run between: a day's gap must not push a day's results out of the spool.
    private const int MostMissedTogether = 50_000;

    private readonly CancellationTokenSource _stopping = new();
    private readonly DetailMemory _details = new(time);
    private readonly TimeoutPool _timeouts = new(time, options.MaxConcurrency);
    private int _running;
    private int _waiting;
    private int _missedTogether;

    public int Running => Volatile.Read(ref _running);

    public bool TryStart(DueRun run)
    {
        if (Interlocked.Increment(ref _running) > options.MaxConcurrency)
        {
            Interlocked.Decrement(ref _running);
            return false;
        }

        _missedTogether = 0;
        ThreadPool.UnsafeQueueUserWorkItem(static work => _ = work.Pipeline.RunAsync(work.Run), (Pipeline: this, Run: run), preferLocal: false);
        return true;
    }

    public void Missed(DueRun run)
    {
        counters.CountMissed();
        fitness.Starts(run.Window);
        Report(run, "agent_overloaded", $"could not start within {run.Window.TotalMilliseconds:0} ms: {options.MaxConcurrency} probes were running");
    }

    public void Missed(MissedRange range)
    {
        counters.CountMissed(range.Count);
        var reported = (int)Math.Min(Math.Min(range.Count, MostMissedPerCheck), MostMissedTogether - _missedTogether);
        _missedTogether += reported;
        counters.CountUnreported(range.Count - reported);
        Log.Gap(log, range.Check.Name, range.Count, range.First);
        for (var i = range.Count - reported; i < range.Count; i++)
        {
            Report(new DueRun(range.Check, range.First + (range.Check.Interval * i)), "agent_suspended", "the agent was suspended or its clock leapt");
        }
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Lets probes that run come to their end for a while, then abandons them: each still gives a result.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await WaitIdleAsync(StopLimit);
        await _stopping.CancelAsync();
        await WaitIdleAsync(TimeSpan.FromSeconds(1));
    }

    /// <summary>True when nothing runs any more.</summary>
    public async Task<bool> WaitIdleAsync(TimeSpan limit)
    {
        var began = time.GetTimestamp();
        while ((Running > 0 || Volatile.Read(ref _waiting) > 0) && time.GetElapsedTime(began) < limit)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(20), time, CancellationToken.None);
        }

        return Running == 0 && Volatile.Read(ref _waiting) == 0;
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>Runs a check beside the schedule; the result is the caller's, and is neither spooled nor counted.</summary>
    /// <returns>Null when the agent stops before it is done.</returns>
    public async ValueTask<RunResult?> RunOnceAsync(Check check, DateTimeOffset at)
    {
        var run = new DueRun(check, at);
        var began = time.GetTimestamp();
        return await ProbeAsync(run) is { } outcome
            ? fitness.Mark(RunResults.Of(run, TimeSpan.Zero, time.GetElapsedTime(began), outcome), began) : null;
    }

    private async Task RunAsync(DueRun run)
    {
        try
        {
            var late = clock.Now - run.Due;
            late = late > TimeSpan.Zero ? late : TimeSpan.Zero;
            var began = time.GetTimestamp();
            fitness.Starts(late);
            if (await ProbeAsync(run) is { } outcome)
            {
                counters.CountExecuted(late > LateAfter);
                await TakeAsync(run, RunResults.Of(run, late, time.GetElapsedTime(began), _details.Trim(run.Check, outcome)), began);
            }
            else
            {
                counters.CountMissed();
                Report(run, "agent_stopping", "the agent was stopped while it ran");
            }
        }
        catch (Exception error)
        {
            // Only the spool is left to throw here; it counts what it could not take.
            Log.NotSpooled(log, error, run.Check.Name);
            counters.LastError = $"result of {run.Check.Name} not spooled: {error.Message}";
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }

    /// <summary>
    /// Gives the result on, after further attempts if the check asks for them. An attempt is marked as retried only once the next one is done: when the agent stops in between, it is the one that counts.
    /// So it is when the next one fails by the agent's own fault, which says nothing of what failed before.
    /// </summary>
    private async ValueTask TakeAsync(DueRun run, RunResult result, long began)
    {
        for (var made = 1; RunResults.IsToBeRetried(run.Check, result.Status, result.Source, made); made++)
        {
            if (await AgainAsync(run) is not var (next, at) || next.Source == FailureSource.Agent)
            {
                break;
            }

            fitness.Take(run.Check, result with { Attempt = made, Retried = true }, began);
            (result, began) = (next with { Attempt = made + 1 }, at);
        }

        fitness.Take(run.Check, result, began);
    }

    /// <summary>Null when the agent stops before it is done, or has no place for it: what waits for its next attempt holds none.</summary>
    private async ValueTask<(RunResult Result, long Began)?> AgainAsync(DueRun run)
    {
        Interlocked.Increment(ref _waiting);
        Interlocked.Decrement(ref _running);
        var room = false;
        try
        {
            await Task.Delay(run.Check.Retry!.After, time, _stopping.Token);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            room = Interlocked.Increment(ref _running) <= options.MaxConcurrency;
            Interlocked.Decrement(ref _waiting);
        }

        if (!room)
        {
            return null;
        }

        var (late, began) = (clock.Now - run.Due, time.GetTimestamp());
        return await ProbeAsync(run) is { } outcome ? (RunResults.Of(run, late > TimeSpan.Zero ? late : TimeSpan.Zero, time.GetElapsedTime(began), _details.Trim(run.Check, outcome)), began) : null;
    }

    /// <summary>Null when the agent stops before the probe is done.</summary>
    private async ValueTask<ProbeOutcome?> ProbeAsync(DueRun run)
    {
        var timeout = _timeouts.Rent(run.Check.Timeout);
        try
        {
            return find(run.Check.Probe.Kind) is { } probe
                ? await probe.RunAsync(run.Check, timeout.Token, _stopping.Token)
                : RunResults.AgentError($"this agent has no probe for kind '{run.Check.Probe.Kind}'");
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            return null;
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            return RunResults.TimedOut(run.Check);
        }
        catch (Exception error)
        {
            Log.ProbeFailed(log, error, run.Check.Name);
            counters.LastError = $"{run.Check.Name}: {error.GetType().Name}: {error.Message}";
            return RunResults.AgentError($"{error.GetType().Name}: {error.Message}");
        }
        finally
        {
            _timeouts.Return(timeout);
        }
    }

    private void Report(DueRun run, string reason, string message) => spool.Append(RunResults.Missed(run.Check, run.Due, reason, message));
}
