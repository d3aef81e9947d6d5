using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Probes.Agent.Session;
using Probes.Agent.Spool;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Fitness;

/// <summary>
/// Looks once a second at whether this agent can be trusted, and marks what it measured while it could not. The loop only samples: each side has
/// a pure judge. It also lets held failures go, right after a look, so that none is believed before the monitor has seen what it ran in.
/// </summary>
internal sealed class FitnessMonitor(
    ISpool spool, AgentClock clock, SessionPulse pulse, ResolverCanary canary, ReadMachine machine, TimeProvider time, ILogger<FitnessMonitor> log) : IHostedService, IDisposable
{
    public static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    /// <summary>A cold process is slow for its own reasons, which say nothing of the machine.</summary>
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stopping = new();
    private readonly RunWatch _runs = new();
    private readonly RecentSeconds _starts = new(time);
    private readonly HeldResults _held = new();
    private readonly CpuWindow _cpu = new(machine);
    private readonly long _epoch = time.GetTimestamp();
    private volatile FitnessState _state = FitnessState.Fit;
    private DateTimeOffset _wall = time.GetUtcNow();
    private long _lookedTicks;
    private Task _loop = Task.CompletedTask;

    public FitnessState State => _state;

    /// <summary>Failures that wait to be believed.</summary>
    public int Held => _held.Count;

    private TimeSpan Now => At(time.GetTimestamp());

    private TimeSpan Looked
    {
        get => new(Volatile.Read(ref _lookedTicks));
        set => Volatile.Write(ref _lookedTicks, value.Ticks);
    }

    /// <summary>A run is about to begin, or was given up, this long after it was due.</summary>
    public void Starts(TimeSpan late) => _starts.Started(late);

    /// <summary>Takes the result of a run that was made, marks it when the agent was unfit meanwhile, and spools it, at once or once it can be believed.</summary>
    /// <param name="check">What ran.</param>
    /// <param name="result">What came of it.</param>
    /// <param name="began">Timestamp.</param>
    public void Take(Check check, RunResult result, long began)
    {
        var trace = RunTrace.Of(check, result);
        var (from, to) = (At(began), Now);
        _runs.Saw(trace, from, to);
        var failed = result.Status != RunStatus.Passed && result.Source != FailureSource.Agent;

        // A look that is overdue means that nobody ran: even what passed may have measured that.
        var unseen = to - Looked > Every * 1.5;
        if (!(failed || unseen) || !_held.TryHold(new HeldResult(result, from, to, failed ? HeldResults.DoubtOf(trace) : Doubt.None)))
        {
            spool.Append(Marked(result, from, to));
        }
    }

    /// <summary>Marks a result that somebody waits for, by what is known now.</summary>
    /// <param name="result">What came of a run.</param>
    /// <param name="began">Timestamp.</param>
    public RunResult Mark(RunResult result, long began) => Marked(result, At(began), Now);

    /// <summary>What is wrong now, for the heartbeat.</summary>
    public IEnumerable<Wire.Unfit> Unfit()
    {
        var (now, wall) = (Now, time.GetUtcNow());
        return _state.Now.Select(s => new Wire.Unfit { What = s.What, Detail = s.Detail, SinceUs = Contracts.Mapping.WireTimes.Us(wall - (now - s.From)) });
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        _loop = LoopAsync();
        return Task.CompletedTask;
    }

    /// <summary>Lets go of everything: a stopping agent knows no more than it did at its last look.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Release(_ => true);
    }

    public void Dispose() => _stopping.Dispose();

    /// <summary>One look at every side.</summary>
    internal void LookOnce()
    {
        var (now, wall, before) = (Now, time.GetUtcNow(), _state);
        var gap = now - Looked;
        var jump = wall - _wall - gap;
        _wall = wall;
        var (link, resolver) = (_runs.Cut(), _runs.Unanswered());
        var canaryAt = canary.AnsweredAt is >= 0 and var answered ? At(answered) : TimeSpan.MinValue;
        var heardAt = pulse.HeardAt is >= 0 and var heard ? At(heard) : TimeSpan.MinValue;
        var warm = now > Warm;
        var cpu = _cpu.Next(now, gap - Every);
        var after = before.After(
        [
            (Sides.Link, LinkJudge.Judge(new LinkSignals(link.Targets == 0 || MachineSignals.InterfaceUp(), pulse.Silent, link.Targets, link.Since))),
            (Sides.Resolver, ResolverJudge.Judge(new ResolverSignals(
                resolver.Names, resolver.Domains, resolver.Since, canary.Trusted, canary.Failed, canary.Failed == 0 && canaryAt > resolver.Since))),
            (Sides.Clock, ClockJudge.Judge(new ClockSignals(clock.IsMeasured, clock.WallOffset, jump))),
            (Sides.Cpu, warm ? CpuJudge.Judge(cpu) : Look.Good),
            (Sides.Scheduler, warm ? SchedulerJudge.Judge(_starts.Read()) : Look.Good),
        ], now);
        _state = after;

        // Only now: who asks between the two must not take a look for done whose finding is not there yet.
        Looked = now;
        Tell(before, after);
        canary.Look(_runs.Resolves, resolver.Names > 0 || after.Now.Any(s => s.What == Sides.Resolver), _stopping.Token);
        var (linkUp, resolverUp) = (Max(link.LastThrough, heardAt), Max(resolver.LastAnswered, canaryAt));
        Release(held => HeldResults.Ready(held, now, linkUp, resolverUp));
    }

    private async Task LoopAsync()
    {
        using var timer = new PeriodicTimer(Every, time);
        Looked = Now;
        while (await timer.WaitForNextTickAsync(_stopping.Token))
        {
            try
            {
                LookOnce();
            }
            catch (Exception fault)
            {
                Log.LookFailed(log, fault);
            }
        }
    }

    private void Release(Func<HeldResult, bool> ready)
    {
        var released = _held.Take(ready);
        foreach (var held in released)
        {
            // Up to now: what was found since it ended was there before it was found.
            spool.Append(Marked(held.Result, held.Began, Now));
        }

        if (released.Count > 0)
        {
            // They have waited enough: somebody may have to be woken.
            spool.Hurry();
        }
    }

    private RunResult Marked(RunResult result, TimeSpan from, TimeSpan to) => _state.During(from, to) is { Length: > 0 } unfit ? result with { Unfit = unfit } : result;

    private void Tell(FitnessState before, FitnessState after)
    {
        foreach (var span in after.Now.Where(s => before.Now.All(b => b.What != s.What)))
        {
            Log.Unfit(log, span.What, span.Detail);
        }

        foreach (var span in before.Now.Where(s => after.Now.All(a => a.What != s.What)))
        {
            Log.FitAgain(log, span.What);
        }
    }

    private TimeSpan At(long timestamp) => time.GetElapsedTime(_epoch, timestamp);

    private static TimeSpan Max(TimeSpan a, TimeSpan b) => a > b ? a : b;
}
