using System.Net;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Tests.Testing;
using HttpProtocol = Probes.Contracts.Checks.HttpProtocol;

namespace Probes.Tests.Agent.Probes;

public sealed class HttpsAndHttp2Tests
{
    [TestCase("127.0.0.1", 30, "Failed/Target/cert_untrusted")]
    [TestCase("127.0.0.1", -1, "Failed/Target/cert_expired")]
    [TestCase("other.test", 30, "Failed/Target/cert_name_mismatch")]
    public async Task A_bad_certificate_is_told_by_what_is_wrong_with_it(string name, int days, string verdict)
    {
        using var certificate = TestCertificates.Make(name, TimeSpan.FromDays(days));
        await using var server = TestCertificates.Serve(certificate);
        Assert.That((await Probing.RunAsync(Probing.Http($"https://127.0.0.1:{server.Port}/"))).Verdict(), Is.EqualTo(verdict));
    }

    [Test]
    public async Task Https_times_its_handshake_and_tells_of_the_certificate()
    {
        using var certificate = TestCertificates.Make("127.0.0.1", TimeSpan.FromDays(30.5));
        await using var server = TestCertificates.Serve(certificate, async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), ct);
        });
        var spec = Probing.Http($"https://127.0.0.1:{server.Port}/") with { SkipCertificateCheck = true };
        var outcome = await Probing.RunAsync(spec, assertions: new CertificateAssertion(30));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Phases.Tls, Is.GreaterThan(TimeSpan.Zero));
        Assert.That(outcome.Evidence["cert_days_left"], Is.EqualTo("30"));
        Assert.That((await Probing.RunAsync(spec, assertions: new CertificateAssertion(31))).Verdict(), Is.EqualTo("Failed/Target/assertion_failed"));
    }

    [TestCase(false)]
    [TestCase(true)]
    public async Task Http2_is_spoken_with_and_without_tls(bool secure)
    {
        using var certificate = TestCertificates.Make("127.0.0.1", TimeSpan.FromDays(30));
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l =>
        {
            l.Protocols = HttpProtocols.Http2;
            if (secure)
            {
                l.UseHttps(certificate);
            }
        }));
        await using var app = builder.Build();
        app.Run(context => context.Response.WriteAsync(context.Request.Protocol));
        await app.StartAsync();
        var port = new Uri(app.Urls.First()).Port;
        var spec = Probing.Http($"{(secure ? "https" : "http")}://127.0.0.1:{port}/") with { Version = HttpProtocol.Http2, SkipCertificateCheck = true };
        var outcome = await Probing.RunAsync(spec, assertions: new BodyAssertion(new TextTest(TextOperator.Equals, "HTTP/2")));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That((outcome.Phases.Connect, outcome.Phases.Wait), Is.Not.EqualTo(((TimeSpan?)null, (TimeSpan?)null)));
        Assert.That(outcome.Phases.Tls is not null, Is.EqualTo(secure));
    }

    [Test]
    public async Task A_server_of_http1_does_not_answer_http2()
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { Version = HttpProtocol.Http2 }, TimeSpan.FromSeconds(2));
        Assert.That((outcome.Status == RunStatus.Passed, outcome.Source), Is.EqualTo((false, FailureSource.Target)), outcome.Message);
    }
}
