using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Probes.Contracts.Checks;
using HttpProtocol = Probes.Contracts.Checks.HttpProtocol;

namespace Probes.Tests.Agent.Probes;

public sealed class Http2FaultTests
{
    [Test]
    public async Task A_target_that_never_answers_times_out_waiting()
    {
        await using var app = await StartAsync(http => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted));
        var outcome = await Probing.RunAsync(Spec(app), TimeSpan.FromMilliseconds(800));
        Assert.That(outcome.Verdict(), Is.EqualTo("TimedOut/Target/wait_timeout"), outcome.Message);
    }

    [Test]
    public async Task A_body_that_stops_midway_times_out_in_transfer()
    {
        await using var app = await StartAsync(async http =>
        {
            await http.Response.WriteAsync("hello");
            await http.Response.Body.FlushAsync();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted);
        });
        var outcome = await Probing.RunAsync(Spec(app), TimeSpan.FromMilliseconds(800));
        Assert.That(outcome.Verdict(), Is.EqualTo("TimedOut/Target/transfer_timeout"), outcome.Message);
    }

    [Test]
    public async Task A_stream_that_is_reset_is_a_bad_answer()
    {
        await using var app = await StartAsync(async http =>
        {
            await http.Response.WriteAsync("hello");
            await http.Response.Body.FlushAsync();
            http.Abort();
        });
        var outcome = await Probing.RunAsync(Spec(app));
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/bad_response"), outcome.Message);
    }

    [Test]
    public async Task Redirects_are_followed_and_bodies_are_cut()
    {
        await using var app = await StartAsync(async http =>
        {
            if (http.Request.Path == "/end")
            {
                await http.Response.WriteAsync(new string('x', 5000));
                return;
            }

            http.Response.Redirect("/end");
        });
        var outcome = await Probing.RunAsync(Spec(app) with { MaxBodyBytes = 100 });
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Evidence["body_truncated"], Is.EqualTo("true"));
        Assert.That(outcome.Evidence["final_url"], Does.EndWith("/end"));
    }

    [Test]
    public async Task A_flood_of_headers_is_a_bad_answer()
    {
        await using var app = await StartAsync(http =>
        {
            for (var i = 0; i < 300; i++)
            {
                http.Response.Headers[$"x-{i}"] = new string('y', 400);
            }

            return Task.CompletedTask;
        });
        var outcome = await Probing.RunAsync(Spec(app));
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/bad_response"), outcome.Message);
    }

    private static HttpSpec Spec(WebApplication app) => Probing.Http(app.Urls.First()) with { Version = HttpProtocol.Http2 };

    private static async Task<WebApplication> StartAsync(RequestDelegate handle)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(handle);
        await app.StartAsync();
        return app;
    }
}
