using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Probes.Agent.Policy;
using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

public sealed class CertificateTrustTests
{
    private static readonly TimeSpan Valid = TimeSpan.FromDays(42.5);

    private readonly X509Certificate2 _root = TestCertificates.Root();
    private ProbeCatalog _catalog = null!;

    [SetUp]
    public void Trust_the_root() => _catalog = new ProbeCatalog(new ResolverOptions(), TargetGuard.Open, new CertificateTrust(TimeProvider.System, [_root]), TimeProvider.System);

    [OneTimeTearDown]
    public void Dispose() => _root.Dispose();

    [Test]
    public async Task A_chain_to_a_trusted_root_passes()
    {
        using var certificate = TestCertificates.Make("shop.test", Valid, _root);
        await using var server = TestCertificates.Serve(certificate);
        var outcome = await Probing.RunAsync(_catalog, Spec(server, "shop.test"));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Evidence["cert_issuer"], Is.EqualTo("CN=Test root"));
        Assert.That(outcome.Evidence["cert_days_left"], Is.EqualTo("42"));
        Assert.That(outcome.Evidence["cert_names"], Is.EqualTo("shop.test"));
    }

    [Test]
    public async Task Https_and_HTTP_2_trust_alike()
    {
        using var certificate = TestCertificates.Make("127.0.0.1", Valid, _root);
        await using var server = TestCertificates.Serve(certificate, async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"u8.ToArray(), ct);
        });
        var spec = Probing.Http($"https://127.0.0.1:{server.Port}/");
        Assert.That((await Probing.RunAsync(_catalog, spec)).Verdict(), Is.EqualTo("Passed/None/"));
        var second = await Probing.RunAsync(_catalog, spec with { Version = HttpProtocol.Http2 });
        Assert.That(second.Verdict(), Is.EqualTo("Failed/Target/bad_response"), "it does not offer HTTP/2");
    }

    [Test]
    public async Task A_chain_once_found_good_excuses_no_other_name_nor_other_roots()
    {
        using var certificate = TestCertificates.Make("shop.test", Valid, _root);
        await using var server = TestCertificates.Serve(certificate);
        Assert.That((await Probing.RunAsync(_catalog, Spec(server, "shop.test"))).Verdict(), Is.EqualTo("Passed/None/"));
        Assert.That((await Probing.RunAsync(_catalog, Spec(server, "other.test"))).Verdict(), Is.EqualTo("Failed/Target/cert_name_mismatch"));
        Assert.That((await Probing.RunAsync(Spec(server, "shop.test"))).Verdict(), Is.EqualTo("Failed/Target/cert_untrusted"));
        Assert.That((await Probing.RunAsync(_catalog, Spec(server, "shop.test"))).Verdict(), Is.EqualTo("Passed/None/"));
    }

    [Test]
    public async Task Looking_away_once_does_not_make_a_certificate_good()
    {
        using var certificate = TestCertificates.Make("shop.test", Valid);
        await using var server = TestCertificates.Serve(certificate);
        Assert.That((await Probing.RunAsync(_catalog, Spec(server, "shop.test") with { SkipCertificateCheck = true })).Verdict(), Is.EqualTo("Passed/None/"));
        Assert.That((await Probing.RunAsync(_catalog, Spec(server, "shop.test"))).Verdict(), Is.EqualTo("Failed/Target/cert_untrusted"));
    }

    [Test]
    public async Task An_expired_certificate_of_a_trusted_root_is_expired()
    {
        using var certificate = TestCertificates.Make("shop.test", TimeSpan.FromDays(-1), _root);
        await using var server = TestCertificates.Serve(certificate);
        Assert.That((await Probing.RunAsync(_catalog, Spec(server, "shop.test"))).Verdict(), Is.EqualTo("Failed/Target/cert_expired"));
    }

    [Test]
    public async Task A_target_with_too_old_a_protocol_fails()
    {
        using var certificate = TestCertificates.Make("shop.test", Valid, _root);
        await using var server = TestCertificates.Serve(certificate, protocols: SslProtocols.Tls12);
        Assert.That((await Probing.RunAsync(_catalog, Spec(server, "shop.test"))).Evidence["tls_protocol"], Is.EqualTo("TLS 1.2"));
        var outcome = await Probing.RunAsync(_catalog, Spec(server, "shop.test") with { MinProtocol = TlsMinimum.Tls13 });
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/tls_protocol_too_old"), outcome.Message);
    }

    [Test]
    public async Task Checks_that_run_together_each_ask_for_their_own_name()
    {
        using var one = TestCertificates.Make("one.test", Valid, _root);
        using var two = TestCertificates.Make("two.test", Valid, _root);
        await using var first = TestCertificates.Serve(one);
        await using var second = TestCertificates.Serve(two);
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20)
            .Select(i => Probing.RunAsync(_catalog, i % 2 == 0 ? Spec(first, "one.test") : Spec(second, "two.test"))));
        Assert.That(outcomes.Select(o => o.Status), Is.All.EqualTo(RunStatus.Passed));
    }

    private static TlsSpec Spec(RawServer server, string name) => new() { Host = "127.0.0.1", Port = server.Port, ServerName = name };
}
