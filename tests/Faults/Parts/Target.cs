using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Probes.Faults.Accounting;
using Probes.Tests.Testing;

namespace Probes.Faults.Parts;

/// <summary>What is probed: an HTTP server outside everything that fails, which notes each request before it answers.</summary>
internal sealed class Target(WebApplication app, int port) : IAsyncDisposable
{
    public int Port => port;

    public static async Task<Target> StartAsync(HitLog hits, IEnumerable<IPAddress> addresses)
    {
        var port = FreePort.Next();
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            foreach (var address in addresses)
            {
                k.Listen(address, port);
            }
        });
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = hits.Add(context.Request.Path.Value!.Trim('/'), Clock.NowUs);
            return Task.CompletedTask;
        });
        await app.StartAsync();
        return new Target(app, port);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();
}
