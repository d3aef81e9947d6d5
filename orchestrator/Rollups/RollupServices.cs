using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Rollups;

internal static class RollupServices
{
    public static WebApplicationBuilder AddRollups(this WebApplicationBuilder builder)
    {
        builder.Services.AddHostedService<RollupWorker>();
        // Of the orchestrator's own parts: it sees every project's checks.
        builder.Services.AddSingleton(s => new TierBuilder(s.GetRequiredService<IResultStore>(), s.GetRequiredService<ITierStore>(), s.GetRequiredService<TimeProvider>()));
        builder.Services.AddSingleton(s => new RollupRebuild(s.GetRequiredService<IResultStore>(), s.GetRequiredService<ITierStore>(), s.GetRequiredService<TimeProvider>()));
        builder.Services.AddHostedService<TierWorker>();
        return builder;
    }
}
