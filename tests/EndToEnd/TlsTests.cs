using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Enrolment;
using Probes.Tests.Agent.Session;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.EndToEnd;

/// <summary>The agents' listener over TLS, with a private root and certificates of all kinds.</summary>
public sealed class TlsTests
{
    private string _folder = "";
    private X509Certificate2 _root = null!;

    private string Ca => Path.Combine(_folder, "ca.pem");

    [SetUp]
    public void SetUp()
    {
        _folder = Directory.CreateTempSubdirectory("probes-tls-").FullName;
        _root = TestCertificates.Root();
        File.WriteAllText(Ca, _root.ExportCertificatePem());
    }

    [TearDown]
    public void TearDown()
    {
        _root.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task An_agent_enrols_and_connects_with_the_private_root_and_not_without_it()
    {
        await using var orchestrator = await StartAsync("localhost");
        await using (var agent = await RunAsync(orchestrator, "believes", Ca))
        {
            await orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("first"));
            await RunningAgent.Until(() => agent.Keeper.Running == 1, "the assignment over TLS");
        }

        await using var doubter = await RunAsync(orchestrator, "doubts", "");
        await doubter.Host.StopAsync();
        Assert.That(orchestrator.Catalog.Current.AgentsById.Values.Select(a => a.Name), Does.Not.Contain("doubts"));
    }

    [TestCase("elsewhere.example.com", 100, TestName = "A_certificate_for_another_name_is_refused")]
    [TestCase("localhost", -1, TestName = "An_expired_certificate_is_refused")]
    public async Task A_bad_certificate_is_refused(string name, int days)
    {
        await using var orchestrator = await StartAsync(name, days);
        using var channel = Channel(orchestrator, null);
        var fault = Assert.ThrowsAsync<RpcException>(async () => await new Wire.Enrolment.EnrolmentClient(channel).ChallengeAsync(new Wire.ChallengeRequest()));
        Assert.That(fault!.StatusCode, Is.EqualTo(StatusCode.Unavailable).Or.EqualTo(StatusCode.Internal));
        Assert.That(fault.Status.DebugException?.ToString(), Does.Contain("certificate"));
    }

    [Test]
    public async Task With_client_certificates_required_a_stolen_credential_without_the_key_is_worth_nothing()
    {
        await using var orchestrator = await StartAsync("localhost", 100, ("Grpc:ClientCertificates", "require"));
        await using var agent = await RunAsync(orchestrator, "owner", Ca);
        await orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("first"));
        await RunningAgent.Until(() => agent.Keeper.Running == 1, "the assignment over mutual TLS");
        var stolen = await orchestrator.EnrolAsync("local", "victim");

        using var thiefs = TestCertificates.Make("thief", TimeSpan.FromDays(10));
        using var channel = Channel(orchestrator, thiefs);
        using var call = RunningOrchestrator.Connect(channel, stolen.Credential);
        var fault = Assert.ThrowsAsync<RpcException>(async () => await call.ResponseStream.MoveNext(CancellationToken.None));
        Assert.That(fault!.StatusCode, Is.EqualTo(StatusCode.Unauthenticated));
        Assert.That(fault.Status.Detail, Does.Contain("certificate"));
        using var bare = Channel(orchestrator, null);
        Assert.ThrowsAsync<RpcException>(async () => await new Wire.Enrolment.EnrolmentClient(bare).ChallengeAsync(new Wire.ChallengeRequest()));
    }

    [Test]
    public void A_certificate_is_read_again_when_its_file_has_changed_and_a_broken_one_is_passed_over()
    {
        var clock = new Microsoft.Extensions.Time.Testing.FakeTimeProvider();
        var (certificate, key) = Write("localhost", 100);
        var file = new CertificateFile("Grpc", certificate, key, clock);
        var first = file.Current().Thumbprint;
        Write("localhost", 50);
        File.SetLastWriteTimeUtc(certificate, DateTime.UnixEpoch.AddDays(20_000));
        Assert.That(file.Current().Thumbprint, Is.EqualTo(first), "not looked yet");
        clock.Advance(TimeSpan.FromSeconds(10));
        var second = file.Current().Thumbprint;
        Assert.That(second, Is.Not.EqualTo(first));
        File.WriteAllText(certificate, "-----BEGIN");
        clock.Advance(TimeSpan.FromSeconds(10));
        Assert.That(file.Current().Thumbprint, Is.EqualTo(second));
    }

    private async Task<RunningOrchestrator> StartAsync(string name, int days = 100, params (string, string)[] more)
    {
        var (certificate, key) = Write(name, days);
        return await RunningOrchestrator.StartAsync(
            [("Grpc:Url", "https://127.0.0.1:0"), ("Grpc:CertificateFile", certificate), ("Grpc:KeyFile", key), .. more]);
    }

    private (string Certificate, string Key) Write(string name, int days)
    {
        using var made = TestCertificates.Make(name, TimeSpan.FromDays(days), _root);
        var (certificate, key) = (Path.Combine(_folder, "server.pem"), Path.Combine(_folder, "server.key"));
        File.WriteAllText(certificate, made.ExportCertificatePem());
        File.WriteAllText(key, made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        return (certificate, key);
    }

    private async Task<RunningAgent> RunAsync(RunningOrchestrator orchestrator, string name, string ca)
    {
        var (_, token) = await orchestrator.Get<TokenService>().CreateAsync("local", null, null, CancellationToken.None);
        return await RunningAgent.StartAsync(Address(orchestrator), Path.Combine(_folder, name), token, ca: ca);
    }

    private GrpcChannel Channel(RunningOrchestrator orchestrator, X509Certificate2? client)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.Add(_root);
        var options = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        if (client is not null)
        {
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => client;
        }

        return GrpcChannel.ForAddress(Address(orchestrator), new GrpcChannelOptions { HttpHandler = new SocketsHttpHandler { SslOptions = options } });
    }

    private static Uri Address(RunningOrchestrator orchestrator) => new($"https://localhost:{orchestrator.Grpc.Port}");
}
