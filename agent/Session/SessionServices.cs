using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Probes.Agent.Probes;

namespace Probes.Agent.Session;

internal static class SessionServices
{
    /// <summary>Adds the data folder's lock, which must be taken before anything writes there.</summary>
    public static IHostApplicationBuilder AddDataFolder(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DataFolder>();
        builder.Services.AddHostedService(services => services.GetRequiredService<DataFolder>());
        return builder;
    }

    /// <summary>Adds identity, clock, assignment and the session with the orchestrator.</summary>
    public static IHostApplicationBuilder AddSession(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton(services => new IdentityFile(services.GetRequiredService<DataFolder>().File(IdentityFile.FileName)));
        builder.Services.AddSingleton<IdentityKeeper>();
        builder.Services.AddSingleton(services => new AgentKey(services.GetRequiredService<DataFolder>().File(AgentKey.FileName)));
        builder.Services.AddSingleton(services => new AssignmentFile(
            services.GetRequiredService<DataFolder>().File(AssignmentFile.FileName), services.GetRequiredService<ILogger<AssignmentFile>>()));
        builder.Services.AddSingleton(services => new ProbeKindList(services.GetRequiredService<ProbeCatalog>().Kinds));
        builder.Services.AddTransient(_ => new Backoff(new Random()));
        builder.Services.AddSingleton<OrchestratorTrust>();
        builder.Services.AddSingleton<OrchestratorChannel>();
        builder.Services.AddSingleton<AgentClock>();
        builder.Services.AddSingleton<SessionPulse>();
        builder.Services.AddSingleton<AssignmentKeeper>();
        builder.Services.AddSingleton<SessionParts>();
        builder.Services.AddSingleton<Enroller>();
        builder.Services.AddSingleton<CredentialRenewer>();
        builder.Services.AddHostedService(services => services.GetRequiredService<CredentialRenewer>());
        builder.Services.AddHostedService<SessionLoop>();
        return builder;
    }
}
