using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Probes.Agent;
using Probes.Agent.Policy;
using Probes.Agent.Run;
using Probes.Agent.Session;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Session;

/// <summary>A whole agent in this process, on a scratch data folder.</summary>
internal sealed class RunningAgent(IHost host) : IAsyncDisposable
{
    public IHost Host { get; } = host;

    public AgentExit Exit => Host.Services.GetRequiredService<AgentExit>();

    public AgentClock Clock => Host.Services.GetRequiredService<AgentClock>();

    public AssignmentKeeper Keeper => Host.Services.GetRequiredService<AssignmentKeeper>();

    public static async Task<RunningAgent> StartAsync(
        Uri orchestrator, string folder, string token = "prb_1", TimeProvider? time = null, GuardOptions? guard = null, string ca = "")
    {
        var host = AgentHost.Create(
            new AgentOptions { Orchestrator = orchestrator, Token = token, Name = "a", DataFolder = folder, CaFile = ca, Guard = guard ?? new GuardOptions { AllowCidrs = [Cidr.Of("127.0.0.0/8")] } },
            services =>
            {
                if (time is not null)
                {
                    services.AddSingleton(time);
                }
            });
        try
        {
            await host.StartAsync();
        }
        catch
        {
            host.Dispose();
            throw;
        }

        return new RunningAgent(host);
    }

    /// <summary>A check of a port on this machine.</summary>
    public static Check TcpCheck(string name, int port, long revision = 1) => new()
    {
        Name = name,
        Revision = revision,
        Interval = TimeSpan.FromSeconds(1),
        Timeout = TimeSpan.FromSeconds(1),
        Probe = new TcpSpec { Host = "127.0.0.1", Port = port },
    };

    public static Task Until(Func<bool> condition, string what) =>
        Poll.UntilAsync(() => Task.FromResult(condition()), TimeSpan.FromSeconds(20), what, TimeSpan.FromMilliseconds(20));

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync();
        Host.Dispose();
    }
}

internal static class RunningAgentReadings
{
    /// <summary>What operators are told went wrong last.</summary>
    public static string Error(this IHost host) => host.Services.GetRequiredService<RunCounters>().LastError;

    public static Identity Identity(this IHost host) => host.Services.GetRequiredService<IdentityKeeper>().Current;
}
