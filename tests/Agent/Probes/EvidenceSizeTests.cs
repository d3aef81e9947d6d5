using Probes.Agent.Probes;
using Probes.Agent.Run;
using Probes.Agent.Schedule;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

/// <summary>What is kept of every run is paid for with every run: bytes of a stored result.</summary>
public sealed class EvidenceSizeTests
{
    [Test]
    public async Task Who_answered_costs_a_passed_http_run_at_most_40_bytes()
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: test\r\n\r\nok");
        var outcome = await Probing.RunAsync(Probing.Http(server.Url));
        var before = outcome with { Evidence = outcome.Evidence.Where(e => e.Key is "server" or "body_bytes").ToDictionary() };
        TestContext.Out.WriteLine($"{Bytes(before)} bytes of detail without, {Bytes(outcome)} with");
        Assert.That(Bytes(outcome) - Bytes(before), Is.InRange(1, 40));
    }

    [Test]
    public async Task A_passed_https_run_is_smaller_than_with_its_certificate_in_full()
    {
        using var certificate = TestCertificates.Make("shop.test", TimeSpan.FromDays(30));
        await using var server = TestCertificates.Serve(certificate, async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray(), ct);
        });
        var spec = Probing.Http($"https://127.0.0.1:{server.Port}/") with { SkipCertificateCheck = true };
        var (memory, check) = (new DetailMemory(TimeProvider.System), new Check { Name = "shop", Probe = spec });
        var (first, second) = (memory.Trim(check, await Probing.RunAsync(spec)), memory.Trim(check, await Probing.RunAsync(spec)));
        string[] former = ["body_bytes", "cert_days_left", "cert_subject", "cert_issuer", "tls_protocol", "tls_cipher"];
        var before = first with { Evidence = first.Evidence.Where(e => former.Contains(e.Key)).ToDictionary() };
        TestContext.Out.WriteLine($"{Bytes(before)} bytes of detail before, {Bytes(first)} in full, {Bytes(second)} else");
        Assert.That(Bytes(second), Is.LessThan(Bytes(before)));
    }

    private static int Bytes(ProbeOutcome outcome) =>
        ResultDetail.Encode(RunResults.Of(new DueRun(new Check { Name = "shop", Probe = new TcpSpec { Host = "x", Port = 1 } }, DateTimeOffset.UnixEpoch), TimeSpan.Zero, TimeSpan.Zero, outcome))!.Length;
}
