using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Signing;

namespace Probes.Orchestrator.Sessions;

/// <summary>
/// Ends sessions that must begin anew: those whose agent holds no credential that is still good, and, when another signing key has come into use,
/// all of them; at their next welcome agents learn of it.
/// </summary>
internal sealed class SessionEnds(SessionHub hub, IAgentAuthenticator agents, SigningKeys signing, TimeProvider clock, ILogger<SessionEnds> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(15);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        signing.Changed += CutAll;
        try
        {
            using var timer = new PeriodicTimer(Every, clock);
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                CutLapsed();
            }
        }
        finally
        {
            signing.Changed -= CutAll;
        }
    }

    /// <summary>One round.</summary>
    internal void CutLapsed()
    {
        foreach (var slot in hub.Slots)
        {
            try
            {
                if (slot.Session is { } session && agents.HasLapsed(slot.PublicId))
                {
                    Log.Cut(log, slot.PublicId, "its credential has expired");
                    session.Cut();
                }
            }
            catch (Exception fault)
            {
                // The store is away: nobody is shut out for that.
                Log.RoundFailed(log, fault);
            }
        }
    }

    private void CutAll()
    {
        foreach (var slot in hub.Slots)
        {
            slot.Session?.Cut();
        }
    }
}
