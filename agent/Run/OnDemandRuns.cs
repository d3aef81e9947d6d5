using Probes.Agent.Policy;
using Probes.Agent.Session;
using Probes.Contracts.Mapping;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Run;

/// <summary>
/// Runs a check once, when asked. It has places of its own, so that neither a full schedule nor a change of configuration keeps it waiting,
/// and it keeps out of spool and counters: the result goes back to who asked, and nowhere else.
/// </summary>
internal sealed class OnDemandRuns(RunPipeline pipeline, ProbeKindList kinds, TargetGuard guard, AgentClock clock)
{
    /// <summary>Runs on demand at once.</summary>
    public const int MostAtOnce = 4;

    /// <summary>A deadline further ahead is refused: ids must be remembered until it is over.</summary>
    public static readonly TimeSpan LongestAhead = TimeSpan.FromMinutes(5);

    // With deadlines no further ahead than this, far more than the places can run.
    private const int MostRemembered = 10_000;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, DateTimeOffset> _seen = new(StringComparer.Ordinal);
    private int _running;

    /// <summary>Answers at once whether it runs; calls <paramref name="done"/> with the result later, from elsewhere, if so.</summary>
    public Wire.RunUpdate Take(Wire.RunRequest request, Func<Wire.RunUpdate, Task> done)
    {
        var now = clock.Machine + clock.Offset;
        var deadline = WireTimes.Time(request.DeadlineUs) ?? DateTimeOffset.UnixEpoch;
        var check = request.Check is null ? null : AssignedCheck.Of(request.Check, kinds.Names, guard);
        var refusal = request.Id.Length is 0 or > 64 ? "it has no id"
            : deadline <= now ? $"its deadline was {(now - deadline).TotalSeconds:0.0} s ago"
            : deadline - now > LongestAhead ? $"its deadline is more than {LongestAhead.TotalMinutes:0} min ahead"
            : check is null ? "it names no check"
            : check.Check is null ? check.Refusal
            : Enter(request.Id, deadline, now);
        if (refusal.Length > 0)
        {
            return new Wire.RunUpdate { Id = request.Id, State = Wire.RunState.Refused, Reason = refusal };
        }

        var timeout = deadline - now;
        var wanted = check!.Check!;
        _ = Task.Run(() => RunAsync(request.Id, wanted with { Timeout = wanted.Timeout < timeout ? wanted.Timeout : timeout }, done), CancellationToken.None);
        return new Wire.RunUpdate { Id = request.Id, State = Wire.RunState.Accepted };
    }

    /// <returns>Why it cannot; empty when it has a place.</returns>
    private string Enter(string id, DateTimeOffset deadline, DateTimeOffset now)
    {
        lock (_gate)
        {
            foreach (var over in _seen.Where(s => s.Value <= now).Select(s => s.Key).ToList())
            {
                _seen.Remove(over);
            }

            if (_seen.ContainsKey(id))
            {
                return "it was asked for before";
            }

            if (_running >= MostAtOnce || _seen.Count >= MostRemembered)
            {
                return $"{_running} runs on demand are under way already, allowed are {MostAtOnce}";
            }

            _seen[id] = deadline;
            _running++;
            return "";
        }
    }

    private async Task RunAsync(string id, Contracts.Checks.Check check, Func<Wire.RunUpdate, Task> done)
    {
        try
        {
            var result = await pipeline.RunOnceAsync(check, clock.Machine + clock.Offset);
            await done(result is null
                ? new Wire.RunUpdate { Id = id, State = Wire.RunState.Refused, Reason = "the agent is stopping" }
                : new Wire.RunUpdate { Id = id, State = Wire.RunState.Done, Result = WireResults.ToWire(result, 0) });
        }
        catch (Exception)
        {
            // The session it was asked on has ended: nobody waits any more.
        }
        finally
        {
            lock (_gate)
            {
                _running--;
            }
        }
    }
}
