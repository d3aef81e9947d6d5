using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Probes.Agent.Session;

/// <summary>Enrols once, goes on with the last assignment, and keeps a session with the orchestrator for as long as the agent lives.</summary>
internal sealed class SessionLoop(
    Enroller enroller, IdentityFile identities, SessionParts parts, Backoff backoff, AgentExit exit, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<SessionLoop> log) : BackgroundService
{
    private readonly string _instance = Guid.NewGuid().ToString("n");

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var identity = await enroller.IdentityAsync(stoppingToken);
            parts.Place.Restore();
            parts.Keeper.Restore(identity.Location);
            await KeepAsync(identity, stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
        }
        catch (AgentStopException cause)
        {
            Stop(cause);
        }
        catch (Exception fault)
        {
            Log.Broken(log, fault);
            Stop(new AgentStopException(ExitCodes.Fault, fault.Message, fault));
        }
    }

    private async Task KeepAsync(Identity identity, CancellationToken stopping)
    {
        var resync = false;
        while (true)
        {
            using var conversation = new Conversation(parts, identity, time, log) { InstanceId = _instance };
            var end = await ConverseAsync(conversation, resync, stopping);
            if (end.Class == SessionErrorClass.Fatal)
            {
                parts.Keeper.Pause(identity.Location);
                throw new AgentStopException(ExitCodes.IdentityRefused,
                    $"the orchestrator refused agent {identity.Name}: {end.Reason}; to enrol it anew, remove {IdentityFile.FileName} from its data folder and give a new token");
            }

            identity = Located(identity, conversation.Location);
            resync = end.Resync || (resync && !conversation.Assigned);
            var pause = backoff.Next(end.Class, end.Lasted);
            Log.Ended(log, end.Reason, parts.Keeper.Running, pause.TotalSeconds);
            await Task.Delay(pause, time, stopping);
        }
    }

    private async Task<SessionEnd> ConverseAsync(Conversation conversation, bool resync, CancellationToken stopping)
    {
        try
        {
            return await conversation.RunAsync(resync, stopping);
        }
        catch (Exception fault) when (fault is not OperationCanceledException || !stopping.IsCancellationRequested)
        {
            // Our own fault; it must not end monitoring, and perhaps a whole assignment helps.
            Log.Broken(log, fault);
            return new SessionEnd(SessionErrorClass.Transient, fault.Message, Resync: true);
        }
    }

    /// <summary>The orchestrator's word on where the agent is holds over restarts too: due times depend on it.</summary>
    private Identity Located(Identity identity, string location)
    {
        if (location.Length == 0 || location == identity.Location)
        {
            return identity;
        }

        var moved = identity with { Location = location };
        identities.Save(moved);
        return moved;
    }

    private void Stop(AgentStopException cause)
    {
        exit.Set(cause);
        lifetime.StopApplication();
    }
}
