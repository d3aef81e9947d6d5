using Probes.Orchestrator.Access;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Api;
using Probes.Orchestrator.Assignment;
using Probes.Orchestrator.Broker;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Dashboard;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Embedded;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Ingest;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Secrets;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Signing;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator;

/// <summary>The table of contents: every stage in the order the data goes through it.</summary>
internal static class Program
{
    internal static Task<int> Main(string[] args) => CommandLine.RunAsync(args, Build);

    /// <summary>Puts the rooms together.</summary>
    internal static WebApplication Build(WebApplicationBuilder builder)
    {
        builder
            .AddListeners()
            .AddStore()
            .AddLeadership()
            .AddCatalog()
            .AddMaintenance()
            .AddSigning()
            .AddSecrets()
            .AddEnrolment()
            .AddAssignment()
            .AddSessions()
            .AddFleet()
            .AddBroker()
            .AddIngest()
            .AddRollups()
            .AddDetection()
            .AddHeatmaps()
            .AddAdherence()
            .AddProjects()
            .AddApi()
            .AddAccess()
            .AddDashboard()
            .AddEmbedded();

        var app = builder.Build();
        app.UseListeners();
        app.UseAccess();
        app.UseProjects();

        app.MapSigning();
        app.MapEnrolment();
        app.MapSessions();
        app.MapBroker();
        app.MapIngest();
        app.MapApi();
        app.MapAccess();
        app.MapProjects();
        app.MapSecrets();
        app.MapDashboard();
        return app;
    }
}
