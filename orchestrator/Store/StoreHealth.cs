using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Probes.Orchestrator.Store;

/// <summary>Readiness: the store is open and answers now.</summary>
internal sealed class StoreHealth(StoreReady ready, StoreTarget target, IResultStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (!ready.IsReady)
        {
            return HealthCheckResult.Unhealthy(ready.Reason);
        }

        return await store.PingAsync(cancellationToken)
            ? HealthCheckResult.Healthy(target.Place)
            : HealthCheckResult.Unhealthy($"{target.Place} does not answer");
    }
}
