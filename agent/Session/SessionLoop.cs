using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Probes.Agent.Session;

/// <summary>Enrols once, goes on with the last assignment, and keeps a session with the orchestrator for as long as the agent lives.</summary>
internal sealed class SessionLoop(
    Enroller enroller, IdentityKeeper identities, CredentialRenewer renewer, SessionParts parts, Backoff backoff, AgentExit exit, IHostApplicationLifetime lifetime,
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
            parts.PublishAsBefore(identities);
            await KeepAsync(stoppingToken);
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

    private async Task KeepAsync(CancellationToken stopping)
    {
        var resync = false;
        var renewed = false;
        while (true)
        {
            using var conversation = new Conversation(parts, identities, time, log) { InstanceId = _instance };
            var end = await ConverseAsync(conversation, resync, stopping);
            if (end.Class == SessionErrorClass.Fatal)
            {
                // A credential that has expired, such as over a long sleep, is renewed; who was shut out is refused there too.
                var outcome = renewed ? RenewalOutcome.Refused : await renewer.RenewAsync(stopping);
                if (outcome is RenewalOutcome.Refused or RenewalOutcome.Unsupported)
                {
                    Refused(end);
                }

                renewed = outcome == RenewalOutcome.Renewed;
                end = end with { Class = SessionErrorClass.Transient };
            }
            else
            {
                renewed = false;
            }

            Locate(conversation.Location);
            resync = end.Resync || (resync && !conversation.Assigned);
            var pause = backoff.Next(end.Class, end.Lasted, end.RetryAfter);
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

    private void Refused(SessionEnd end)
    {
        var identity = identities.Current;
        parts.Keeper.Pause(identity.Location);
        throw new AgentStopException(ExitCodes.IdentityRefused,
            $"the orchestrator refused agent {identity.Name}: {end.Reason}; to enrol it anew, remove {IdentityFile.FileName} from its data folder and give a new token");
    }

    /// <summary>The orchestrator's word on where the agent is holds over restarts too: due times depend on it.</summary>
    private void Locate(string location)
    {
        if (location.Length > 0)
        {
            identities.Change(identity => identity with { Location = location });
        }
    }

    private void Stop(AgentStopException cause)
    {
        exit.Set(cause);
        lifetime.StopApplication();
    }
}
