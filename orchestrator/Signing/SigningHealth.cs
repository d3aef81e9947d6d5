using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Probes.Orchestrator.Signing;

/// <summary>Ready once there is a key to sign with.</summary>
internal sealed class SigningHealth(SigningKeys keys) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        keys.Current is not null ? HealthCheckResult.Healthy()
        : HealthCheckResult.Unhealthy(keys.Trouble.Length > 0 ? keys.Trouble : "the signing key has not been read yet"));
}
