using System.Text;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

public sealed class TlsProbeTests
{
    [Test]
    public async Task A_handshake_tells_protocol_cipher_and_certificate()
    {
        using var certificate = TestCertificates.Make("shop.test", TimeSpan.FromDays(10.5));
        await using var server = TestCertificates.Serve(certificate);
        var spec = new TlsSpec { Host = "127.0.0.1", Port = server.Port, ServerName = "shop.test", SkipCertificateCheck = true };
        var outcome = await Probing.RunAsync(spec, assertions: new CertificateAssertion(10));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Evidence["tls_protocol"], Is.EqualTo("TLS 1.3"));
        Assert.That(outcome.Evidence["cert_subject"], Is.EqualTo("CN=shop.test"));
        Assert.That(outcome.Evidence.Keys, Does.Contain("tls_cipher"));
    }

    [TestCase("shop.test", "shop.test", 30, "Failed/Target/cert_untrusted")]
    [TestCase("shop.test", "other.test", 30, "Failed/Target/cert_name_mismatch")]
    [TestCase("shop.test", "shop.test", -3, "Failed/Target/cert_expired")]
    public async Task Chain_name_and_days_are_verified(string name, string asked, int days, string verdict)
    {
        using var certificate = TestCertificates.Make(name, TimeSpan.FromDays(days));
        await using var server = TestCertificates.Serve(certificate);
        Assert.That((await Probing.RunAsync(new TlsSpec { Host = "127.0.0.1", Port = server.Port, ServerName = asked })).Verdict(), Is.EqualTo(verdict));
    }

    [Test]
    public async Task A_server_that_does_not_speak_tls_fails_the_handshake()
    {
        await using var server = new RawServer(async (stream, ct) => await stream.WriteAsync(Encoding.ASCII.GetBytes("220 mail.test ready\r\n"), ct));
        Assert.That((await Probing.RunAsync(new TlsSpec { Host = "127.0.0.1", Port = server.Port })).Verdict(), Is.EqualTo("Failed/Target/tls_handshake_failed"));
    }

    [Test]
    public async Task A_server_that_says_nothing_times_out_in_tls()
    {
        await using var server = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        var outcome = await Probing.RunAsync(new TlsSpec { Host = "127.0.0.1", Port = server.Port }, TimeSpan.FromMilliseconds(400));
        Assert.That(outcome.Verdict(), Is.EqualTo("TimedOut/Target/tls_timeout"));
    }
}
