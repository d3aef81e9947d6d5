using MassTransit;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Ingest;

/// <summary>Unhealthy, with the reason, while batches cannot be consumed.</summary>
internal sealed class BusHealthCheck(IBusControl bus, IOptions<BusOptions> options) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var health = bus.CheckHealth();
        if (health.Status == BusHealthStatus.Healthy)
        {
            return Task.FromResult(HealthCheckResult.Healthy("results are consumed"));
        }

        var error = health.Exception ?? health.Endpoints.Values.Select(e => e.Exception).FirstOrDefault(e => e is not null);
        var place = Uri.TryCreate(options.Value.ConnectionString, UriKind.Absolute, out var uri) ? $"the broker at {uri.Host}:{uri.Port}" : "the in-memory bus";
        var reason = error?.GetBaseException().Message ?? health.Description;
        return Task.FromResult(HealthCheckResult.Unhealthy($"no results are consumed from {place}: {reason}", error));
    }
}
