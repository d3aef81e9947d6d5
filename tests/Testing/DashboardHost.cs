using System.Security.Claims;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Adherence;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Dashboard;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Heatmaps;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Testing;

/// <summary>The real pages on a real server and port, over a <see cref="DashboardWorld"/>.</summary>
internal sealed class DashboardHost : IAsyncDisposable
{
    private static readonly ClaimsPrincipal Administrator =
        ApiKeyHandler.Principal(new LiveKey("", "operator", Role.Admin, null, null, []), "test");

    private readonly WebApplication _app;
    private readonly StoreUnderTest _store;

    private DashboardHost(WebApplication app, DashboardWorld world, StoreUnderTest store)
    {
        _store = store;
        _app = app;
        World = world;
        Url = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
    }

    public string Url { get; }

    public DashboardWorld World { get; }

    public EventHub Events => _app.Services.GetRequiredService<EventHub>();

    public static async Task<DashboardHost> StartAsync(bool empty = false)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { ApplicationName = "orchestrator", EnvironmentName = "Production" });
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddSimpleConsole();
        var world = new DashboardWorld(TimeProvider.System, empty);
        var numbers = new DashboardNumbers(world);
        builder.Services.AddSingleton(TimeProvider.System).AddSingleton<EventHub>()
            .AddSingleton<ICatalog>(world).AddSingleton<IVerdicts>(world).AddSingleton<IAnswers>(new DashboardAnswers(world)).AddSingleton<IIncidents>(world).AddSingleton<IAgentRegistry>(world)
            .AddSingleton<IHeatmapQueries>(numbers).AddSingleton<IResultStore>(numbers).AddSingleton<ITierStore>(new NoTiers()).AddSingleton<IAdherenceQueries>(numbers);
        builder.Services.AddSingleton<BacktestGate>().AddSingleton<MaintenanceBook>().AddSingleton<EngineBook>().AddTransient<BacktestPlanner>().AddTransient<BacktestRun>().AddTransient<WhyQuery>();
        var store = await StoreUnderTest.CreateAsync("sqlite");
        builder.Services.AddSingleton(store.Contexts).AddSingleton<Audit>().AddTransient<AuditedCatalog>();
        builder.Services.AddSingleton(store.Target).AddSingleton<StoreReady>().AddSingleton<Replica>().AddSingleton<ReplicaBook>();
        builder.AddDashboard();
        builder.AddProjects();
        var app = builder.Build();
        app.Use(SecurityHeaders.AddAsync);
        app.Use((context, next) =>
        {
            context.User = Administrator;
            return next(context);
        });
        app.MapDashboard();
        MapApi(app, numbers);
        await app.StartAsync();
        return new DashboardHost(app, world, store);
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        await _store.DisposeAsync();
    }

    // The answers scripts ask for, in the shape the API gives them.
    private static void MapApi(WebApplication app, DashboardNumbers numbers)
    {
        var json = new JsonSerializerOptions(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };
        app.MapGet("/api/v1/checks/{name}/heatmap", async (string name, string metric, DateTimeOffset from, DateTimeOffset to, int step, CancellationToken ct) =>
            TypedResults.Json(await numbers.HeatmapAsync(name, HeatmapView.Read(metric, null, null, null).Metric, from, to, TimeSpan.FromSeconds(step), ct), json));
        app.MapGet("/api/v1/backtest", (BacktestGate gate) => TypedResults.Json(new { running = gate.Progress is not null, done = gate.Progress?.Done ?? 0, of = gate.Progress?.Of ?? 0 }, json));
        app.MapGet("/api/v1/events", async (HttpContext context, EventHub hub, CancellationToken ct) =>
        {
            context.Response.ContentType = "text/event-stream";
            await context.Response.WriteAsync(": hello\n\n", ct);
            await context.Response.Body.FlushAsync(ct);
            await foreach (var live in hub.ListenAsync(ct))
            {
                await context.Response.WriteAsync($"event: {live.Type}\ndata: {JsonSerializer.Serialize(live, json)}\n\n", ct);
                await context.Response.Body.FlushAsync(ct);
            }
        });
    }
}
