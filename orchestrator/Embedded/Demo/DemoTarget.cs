using System.Net;
using System.Net.Sockets;

namespace Probes.Orchestrator.Embedded.Demo;

/// <summary>The shop that the demo watches: real HTTP on one loopback address for each region, so that each can be slow or fail alone.</summary>
internal sealed class DemoTarget : IAsyncDisposable
{
    internal const string Host = "shop.demo.test";

    private static readonly string Home =
        $"<!doctype html><html><head><title>Demo shop</title></head><body><h1>Welcome to the demo shop</h1>{string.Concat(Enumerable.Repeat("<p>Things to buy.</p>", 200))}</body></html>";

    private readonly WebApplication _app;

    private DemoTarget(WebApplication app, int port)
    {
        _app = app;
        Port = port;
    }

    /// <summary>The same on every region's address.</summary>
    internal int Port { get; }

    internal static async Task<DemoTarget> StartAsync(DemoConditions conditions, TimeProvider clock, CancellationToken ct)
    {
        var port = FreePort();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            foreach (var region in DemoRegion.All)
            {
                kestrel.Listen(region.Address, port);
            }
        });
        var app = builder.Build();
        app.Use((context, next) => TreatAsync(context, next, conditions, clock));
        app.MapGet("/", () => Results.Content(Home, "text/html"));
        app.MapGet("/api/cart", () => Results.Json(new { status = "ok", items = 3, total = new { currency = "EUR", cents = 4250 } }));
        await app.StartAsync(ct);
        return new DemoTarget(app, port);
    }

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task TreatAsync(HttpContext context, RequestDelegate next, DemoConditions conditions, TimeProvider clock)
    {
        var region = DemoRegion.All.FirstOrDefault(r => r.Address.Equals(context.Connection.LocalIpAddress)) ?? DemoRegion.All[0];
        await Task.Delay(conditions.ServerDelay(region), clock, context.RequestAborted);
        if (conditions.Fails(region))
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            await context.Response.WriteAsync("no shop today");
            return;
        }

        await next(context);
    }

    /// <summary>Free on the first region's address a moment ago; the others are used by nothing else.</summary>
    private static int FreePort()
    {
        using var probe = new TcpListener(DemoRegion.All[0].Address, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
