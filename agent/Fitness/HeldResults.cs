using Probes.Contracts.Results;

namespace Probes.Agent.Fitness;

/// <summary>What must be known before a failure is believed, besides that the monitor has looked.</summary>
internal enum Doubt
{
    /// <summary>Nothing more.</summary>
    None,

    /// <summary>That the link was up after it: another run or the orchestrator got through.</summary>
    Link,

    /// <summary>That the resolver answered after it.</summary>
    Resolver,
}

/// <summary>A result whose judgement waits. Times by the monitor's clock.</summary>
internal sealed record HeldResult(RunResult Result, TimeSpan Began, TimeSpan Ended, Doubt Doubt);

/// <summary>
/// Failures wait here before they are spooled, because what makes an agent unfit shows in its failures first: the first names that a dead resolver
/// does not answer, the runs that were under way when the process was stopped. Two looks of the monitor (2 to 3 s) tell about the machine; for
/// failures of the network and of DNS it waits on, up to <see cref="Longest"/>, for something to get through after them, which an agent with one
/// heartbeat in 5 s knows within 6 s. Passed runs do not wait. An agent that is killed loses what waits, as it loses what runs.
/// </summary>
internal sealed class HeldResults
{
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    /// <summary>More do not wait: they are believed as they come.</summary>
    public const int Most = 20_000;

    private readonly Lock _lock = new();
    private List<HeldResult> _held = [];

    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _held.Count;
            }
        }
    }

    /// <summary>False when there is no more room.</summary>
    public bool TryHold(HeldResult result)
    {
        lock (_lock)
        {
            if (_held.Count >= Most)
            {
                return false;
            }

            _held.Add(result);
            return true;
        }
    }

    /// <summary>Takes out those that need wait no longer, oldest first.</summary>
    public IReadOnlyList<HeldResult> Take(Func<HeldResult, bool> ready)
    {
        lock (_lock)
        {
            if (_held.Count == 0)
            {
                return [];
            }

            var taken = _held.Where(ready).ToList();
            if (taken.Count > 0)
            {
                var gone = taken.ToHashSet(ReferenceEqualityComparer.Instance);
                _held = [.. _held.Where(h => !gone.Contains(h))];
            }

            return taken;
        }
    }

    /// <summary>Whether it need wait no longer. Pure.</summary>
    /// <param name="held">The result.</param>
    /// <param name="now">The look that has just been taken.</param>
    /// <param name="linkUp">When something was last known to have got through.</param>
    /// <param name="resolverUp">When the resolver last answered.</param>
    public static bool Ready(HeldResult held, TimeSpan now, TimeSpan linkUp, TimeSpan resolverUp) =>
        now - held.Ended >= Longest || (now - held.Ended >= Shortest && held.Doubt switch
        {
            Doubt.Link => linkUp > held.Ended,
            Doubt.Resolver => resolverUp > held.Ended,
            _ => true,
        });

    /// <summary>What a result's way tells is in doubt.</summary>
    public static Doubt DoubtOf(in RunTrace trace) => trace.Resolver == Passage.Cut ? Doubt.Resolver : trace.Link == Passage.Cut ? Doubt.Link : Doubt.None;
}
