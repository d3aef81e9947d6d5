using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Probes.Agent.Schedule;

using Probes.Contracts.Checks;

namespace Probes.Tests.Testing;

/// <summary>An HTTP target that remembers when each path was asked for, and counts runs of a check by the due times they belong to.</summary>
internal sealed class HitLog : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<(string Path, DateTimeOffset At)> _hits = new();

    private HitLog(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<HitLog> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http1));
        var app = builder.Build();
        var log = new HitLog(app);
        app.Run(context =>
        {
            log._hits.Enqueue((context.Request.Path.Value!.Trim('/'), TimeProvider.System.GetUtcNow()));
            return context.Response.WriteAsync("ok");
        });
        await app.StartAsync();
        return log;
    }

    /// <summary>A check of this target, of which each hit is told apart.</summary>
    public Check Check(string name, TimeSpan interval, params string[] locations) => new()
    {
        Name = name,
        Interval = interval,
        Timeout = interval / 2,
        Locations = locations,
        Probe = new HttpSpec { Url = new Uri(Address, name) },
    };

    public int Count(string check) => _hits.Count(h => h.Path == check);

    /// <summary>How often each due time of a check was run, in order: from the first one that was to the last one whose time is well over.</summary>
    public IReadOnlyList<(DateTimeOffset Due, int Runs)> Runs(Check check, string location)
    {
        var grid = ScheduleGrid.For(check.Name, location, check.Interval);
        var counts = _hits.Where(h => h.Path == check.Name).GroupBy(h => grid.LastAtOrBefore(DueQueue.Ticks(h.At))).ToDictionary(g => g.Key, g => g.Count());
        var runs = new List<(DateTimeOffset, int)>();
        if (counts.Count > 0)
        {
            var end = DueQueue.Ticks(TimeProvider.System.GetUtcNow()) - grid.Interval;
            for (var due = counts.Keys.Min(); due <= end; due += grid.Interval)
            {
                runs.Add((DateTimeOffset.UnixEpoch.AddTicks(due), counts.GetValueOrDefault(due)));
            }
        }

        return runs;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
