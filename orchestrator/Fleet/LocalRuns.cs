using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Sessions;
using RunState = Probes.Contracts.Wire.RunState;

namespace Probes.Orchestrator.Fleet;

/// <summary>Asks an agent that is connected here to run a check once.</summary>
internal sealed class LocalRuns(SessionHub hub, TimeProvider clock)
{
    private const int LongestReason = 300;

    internal async Task<RunAnswer> AskAsync(string publicId, RunRequest request, TimeSpan timeout, CancellationToken ct)
    {
        if (hub.Find(publicId) is not { Session: { } session } slot)
        {
            return new RunAnswer(OnDemandState.NoAnswer, "the agent's session ended");
        }

        if (!slot.Self.Can(Capabilities.OnDemand))
        {
            return new RunAnswer(OnDemandState.Refused, $"version {slot.Version} of the agent does not know runs on demand");
        }

        var answer = slot.Runs.Expect(request.Id);
        try
        {
            if (!session.TrySend(new OrchestratorMessage { Run = request }))
            {
                return new RunAnswer(OnDemandState.Refused, "the agent does not read what it is sent");
            }

            var update = await answer.WaitAsync(timeout, clock, ct);
            return update is null ? new RunAnswer(OnDemandState.NoAnswer, "the agent's session ended")
                : update.State == RunState.Done ? new RunAnswer(OnDemandState.Done, "", update)
                : new RunAnswer(OnDemandState.Refused, update.Reason.Length <= LongestReason ? update.Reason : update.Reason[..LongestReason]);
        }
        catch (TimeoutException)
        {
            return slot.Runs.IsAccepted(request.Id)
                ? new RunAnswer(OnDemandState.NoResult, "the agent began, and did not end before the deadline")
                : new RunAnswer(OnDemandState.NoAnswer, "the agent did not answer before the deadline");
        }
        finally
        {
            slot.Runs.Forget(request.Id);
        }
    }
}
