using System.Text.Json;
using System.Text.Json.Serialization;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Ingest;

namespace Probes.Orchestrator.Api;

/// <summary>The REST API under <c>/api/v1</c>, its description, and what operators watch.</summary>
internal static class ApiServices
{
    internal static WebApplicationBuilder AddApi(this WebApplicationBuilder builder)
    {
        builder.Services.ConfigureHttpJsonOptions(o =>
        {
            o.SerializerOptions.Converters.Add(new JsonStringEnumConverter(JsonNamingPolicy.CamelCase));
            o.SerializerOptions.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        });
        builder.Services.AddOpenApi("v1");
        builder.Services.AddProblemDetails();
        builder.Services.AddHealthChecks();
        builder.Services.AddSingleton<MetricsText>();
        builder.Services.AddHostedService(s => s.GetRequiredService<MetricsText>());
        return builder;
    }

    internal static void MapApi(this WebApplication app)
    {
        var api = app.MapGroup("/api/v1");
        CheckEndpoints.Map(api);
        RunEndpoints.Map(api);
        LocationEndpoints.Map(api);
        AgentEndpoints.Map(api);
        TokenEndpoints.Map(api);
        HeatmapEndpoints.Map(api);
        IncidentEndpoints.Map(api);
        WhyEndpoints.Map(api);
        BacktestEndpoints.Map(api);
        AdherenceEndpoints.Map(api);
        AvailabilityEndpoints.Map(api);
        AnswerEndpoints.Map(api);
        MaintenanceEndpoints.Map(api);
        ResultEndpoints.Map(api);
        GapEndpoints.Map(api);
        DeadLetterEndpoints.Map(api);
        EventEndpoints.Map(api);
        ReplicaEndpoints.Map(api);
        RollupEndpoints.Map(api);
        OperationsEndpoints.Map(app);

        // Made now, so that its counters are there from the first scrape on, at zero.
        app.Services.GetRequiredService<IngestMetrics>();
        app.MapOpenApi("/openapi/{documentName}.json").WithMetadata(new NeedsRoleAttribute(Role.Viewer));
    }
}
