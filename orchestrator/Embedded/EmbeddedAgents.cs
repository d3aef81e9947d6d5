using System.Net;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Probes.Agent;
using Probes.Agent.Policy;
using Probes.Agent.Probes;
using Probes.Agent.Session;
using Probes.Orchestrator.Enrolment;

namespace Probes.Orchestrator.Embedded;

/// <summary>What an embedded agent is started with.</summary>
/// <param name="Folder">Its own data folder: identity, last assignment, spool.</param>
/// <param name="Resolver">The DNS server it asks; null: the system's.</param>
/// <param name="AnyAddress">Whether it may probe special-purpose addresses, such as this machine's.</param>
internal sealed record EmbeddedPlan(string Name, string Location, string Folder, IPEndPoint? Resolver = null, bool AnyAddress = true);

/// <summary>Runs real agents in this process: they enrol, connect and publish through the listeners like any other.</summary>
internal sealed class EmbeddedAgents(TokenService tokens, TimeProvider clock, ILoggerFactory logs)
{
    private static readonly TimeSpan TokenLifetime = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(5);

    private readonly ILogger _log = logs.CreateLogger<EmbeddedAgents>();

    /// <summary>Runs one until <paramref name="ct"/> is cancelled; starts it again when it ends by itself.</summary>
    internal async Task RunAsync(EmbeddedPlan plan, Uri orchestrator, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await RunOnceAsync(plan, orchestrator, ct);
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                Log.AgentFailed(_log, fault, plan.Name);
            }

            await Task.Delay(RetryAfter, clock, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RunOnceAsync(EmbeddedPlan plan, Uri orchestrator, CancellationToken ct)
    {
        var token = File.Exists(Path.Combine(plan.Folder, IdentityFile.FileName))
            ? ""
            : (await tokens.CreateAsync(plan.Location, 1, TokenLifetime, ct)).Secret;
        var options = new AgentOptions
        {
            Orchestrator = orchestrator,
            Token = token,
            Name = plan.Name,
            DataFolder = plan.Folder,

            Guard = new GuardOptions { AnyAddress = plan.AnyAddress },
        };
        using var host = AgentHost.Create(options, services =>
        {
            services.Replace(ServiceDescriptor.Singleton(new ResolverOptions { Server = plan.Resolver }));
            services.Replace(ServiceDescriptor.Singleton(logs));
        });
        await host.StartAsync(ct);
        await host.WaitForShutdownAsync(ct);
        var exit = host.Services.GetRequiredService<AgentExit>();
        if (exit.Code == ExitCodes.IdentityRefused && !ct.IsCancellationRequested)
        {
            // The store is not the one it enrolled with, so what it holds is of no use here either.
            Log.AgentEnrolsAgain(_log, plan.Name, exit.Reason);
            Directory.Delete(plan.Folder, recursive: true);
        }
        else if (exit.Code != ExitCodes.Stopped)
        {
            Log.AgentStopped(_log, plan.Name, exit.Reason);
        }
    }
}
