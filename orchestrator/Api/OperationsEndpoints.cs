using Microsoft.Extensions.Diagnostics.HealthChecks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Api;

/// <summary>For those who run the orchestrator: alive, ready, metrics.</summary>
internal static class OperationsEndpoints
{
    private const string ReadyTag = "ready";

    public static void Map(WebApplication app)
    {
        app.MapGet("/healthz", () => TypedResults.Text("alive\n")).AllowAnonymous().ExcludeFromDescription();
        app.MapGet("/readyz", ReadyAsync).AllowAnonymous().ExcludeFromDescription();
        var metrics = app.MapGet("/metrics", (MetricsText text, IAgentRegistry agents, IVerdicts verdicts, ProjectScope scope) =>
            TypedResults.Text(text.Write(agents, verdicts, scope), "text/plain; version=0.0.4; charset=utf-8"))
            .WithTags("operations").WithName("GetMetrics").WithSummary("Metrics in Prometheus' text format")
            .WithMetadata(new NeedsRoleAttribute(Role.Viewer));
        if (app.Configuration.GetValue<bool>("Metrics:Anonymous"))
        {
            metrics.AllowAnonymous();
        }
    }

    // Strangers learn the one word that a load balancer needs; those who signed in learn why.
    private static async Task<IResult> ReadyAsync(HealthCheckService health, HttpContext context, CancellationToken ct)
    {
        var report = await health.CheckHealthAsync(c => c.Tags.Contains(ReadyTag), ct);
        var code = report.Status == HealthStatus.Unhealthy ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK;
        var word = report.Status == HealthStatus.Unhealthy ? "not ready" : "ready";
        return context.User.Identity?.IsAuthenticated == true
            ? TypedResults.Json(new { status = word, parts = report.Entries.ToDictionary(e => e.Key, e => new { status = e.Value.Status, e.Value.Description }) }, statusCode: code)
            : TypedResults.Text(word + "\n", statusCode: code);
    }
}
