namespace Probes.Orchestrator.Maintenance;

/// <summary>When failures are expected: no incident opens meanwhile, and runs count for nothing.</summary>
internal static class MaintenanceServices
{
    internal static WebApplicationBuilder AddMaintenance(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<MaintenanceBook>();
        return builder;
    }
}
