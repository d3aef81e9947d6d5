using Probes.Faults.Accounting;
using Probes.Faults.Parts;

namespace Probes.Faults.Plans;

/// <summary>
/// Requests of runs that were under way in an agent when it was killed: nobody can keep their results, so the orchestrator must say they are
/// missed. Nothing else is explained by being missed.
/// </summary>
internal sealed class Missing(World world)
{
    /// <summary>A run takes at most so long from its request to the spool, and the target's note of a request may be this much late.</summary>
    private const long UnderWayUs = 1_000_000;

    private const long MinuteUs = 60_000_000;

    private readonly Dictionary<(string Check, long Minute), long> _told = [];

    /// <summary>Whether the agent was killed while the run was under way.</summary>
    public bool MayBe(string check, long atUs) =>
        world.Workers.First(w => w.Name == World.AgentOf(check)).Process.Kills.Any(k => atUs > k - UnderWayUs && atUs < k + UnderWayUs);

    /// <summary>Whether that, and the orchestrator says so; takes one from what it says.</summary>
    public bool Explains(string check, long atUs)
    {
        if (!MayBe(check, atUs))
        {
            return false;
        }

        // The run may have been due in the minute before.
        foreach (var minute in new[] { atUs / MinuteUs, (atUs - 1_000_000) / MinuteUs })
        {
            if (_told.GetValueOrDefault((check, minute)) > 0)
            {
                _told[(check, minute)]--;
                return true;
            }
        }

        return false;
    }

    /// <summary>Asks the orchestrator what it misses of those, once nothing can be on its way any more.</summary>
    public async Task LoadAsync(IEnumerable<Judged> lost)
    {
        var asked = lost.Where(j => MayBe(j.Check, j.AtUs)).Select(j => (j.Check, Minute: j.AtUs / MinuteUs)).Distinct().ToList();
        if (asked.Count == 0)
        {
            return;
        }

        // It settles 30 s and the check's time-out after the minute's end.
        while (Clock.NowUs < ((asked.Max(a => a.Minute) + 1) * MinuteUs) + 35_000_000)
        {
            await Clock.Wait(1);
        }

        foreach (var check in asked.GroupBy(a => a.Check, a => a.Minute))
        {
            var (from, to) = (At(check.Min() - 1), At(check.Max() + 1));
            var reply = await world.Replicas[0].GetAsync($"/api/v1/checks/{check.Key}/adherence?from={from:O}&to={to:O}&step=60s".Replace("+", "%2B", StringComparison.Ordinal));
            foreach (var step in reply.GetProperty("regions").EnumerateArray().SelectMany(r => r.GetProperty("steps").EnumerateArray()))
            {
                var minute = (step.GetProperty("at").GetDateTimeOffset() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMinute;
                _told[(check.Key, minute)] = step.GetProperty("runs").GetProperty("missed").GetInt64();
            }
        }
    }

    private static DateTimeOffset At(long minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);
}
