using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Agent;
using Probes.Agent.Publish;
using Probes.Agent.Session;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Ingest;
using Probes.Tests.Testing;
using RabbitMQ.Client;

namespace Probes.Tests.Agent.Publish;

/// <summary>A real broker over TLS, with a certificate of a private root.</summary>
public sealed class BrokerTlsTests
{
    private string _folder = "";
    private X509Certificate2 _root = null!;
    private RabbitMqNode _node = null!;

    private string Ca => Path.Combine(_folder, "ca.pem");

    private string Address => $"amqps://guest:guest@localhost:{_node.TlsPort}/";

    [OneTimeSetUp]
    public async Task Start()
    {
        _folder = Directory.CreateTempSubdirectory("probes-mqtls-").FullName;
        _root = TestCertificates.Root();
        using var made = TestCertificates.Make("localhost", TimeSpan.FromDays(30), _root);
        await File.WriteAllTextAsync(Ca, _root.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.pem"), made.ExportCertificatePem());
        await File.WriteAllTextAsync(Path.Combine(_folder, "server.key"), made.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem());
        _node = await RabbitMqNode.StartNewAsync(more:
            $"listeners.ssl.1 = 127.0.0.1:{{tls}}\nssl_options.certfile = {_folder}/server.pem\nssl_options.keyfile = {_folder}/server.key\n");
        await using var connection = await new ConnectionFactory { Uri = _node.Uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync("probes.results", ExchangeType.Topic, durable: true);
        await channel.QueueDeclareAsync("taken", durable: false, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync("taken", "probes.results", "#");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _root.Dispose();
        await _node.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public async Task An_agent_publishes_to_a_broker_that_its_root_vouches_for() =>
        Assert.That(await PublishAsync(Address, Ca), Is.EqualTo(PublishOutcome.Confirmed));

    [Test]
    public async Task Without_that_root_it_does_not() => Assert.That(await PublishAsync(Address, ""), Is.EqualTo(PublishOutcome.Retry));

    [Test]
    public async Task With_the_root_a_certificate_for_another_name_is_refused_all_the_same() =>
        Assert.That(await PublishAsync(Address.Replace("localhost", "127.0.0.1", StringComparison.Ordinal), Ca), Is.EqualTo(PublishOutcome.Retry));

    [Test]
    public async Task An_expired_certificate_is_refused()
    {
        using var expired = TestCertificates.Make("localhost", TimeSpan.FromDays(-1), _root);
        await using var server = TestCertificates.Serve(expired);
        Assert.That(await PublishAsync($"amqps://guest:guest@localhost:{server.Port}/", Ca), Is.EqualTo(PublishOutcome.Retry));
    }

    [TestCase("amqp://mq.example.com/probes", false, false)]
    [TestCase("amqp://mq.example.com/probes", true, true)]
    [TestCase("amqps://mq.example.com/probes", false, true)]
    [TestCase("amqp://127.0.0.1/probes", false, true)]
    public void The_orchestrator_refuses_clear_text_to_another_machine_unless_told(string address, bool allow, bool accepted)
    {
        var result = new BusOptionsValidator().Validate(null, new BusOptions { ConnectionString = address, AllowPlaintext = allow });
        Assert.That(result.Succeeded, Is.EqualTo(accepted));
        Assert.That(accepted || result.FailureMessage!.Contains("Bus:AllowPlaintext=true", StringComparison.Ordinal));
    }

    [Test]
    public async Task The_orchestrator_believes_the_root_it_is_given_and_no_other_broker()
    {
        await using (var trusting = await Orchestrator.Ingest.IngestHost.StartAsync(new Uri(Address), ("Bus:CaFile", Ca)))
        {
            await trusting.ReadyAsync();
        }

        await using var doubting = await Orchestrator.Ingest.IngestHost.StartAsync(new Uri(Address));
        Assert.That(async () => await doubting.ReadyAsync(TimeSpan.FromSeconds(5)), Throws.Exception);
    }

    private static async Task<PublishOutcome> PublishAsync(string address, string ca)
    {
        var trust = new OrchestratorTrust(new AgentOptions { Orchestrator = new Uri("https://localhost"), CaFile = ca });
        var target = new Amqp { Uri = address, Exchange = "probes.results", RoutingKey = "results" };
        await using var publisher = new RabbitMqPublisher(
            target, TimeProvider.System, NullLogger<RabbitMqPublisher>.Instance, new BrokerLogin("agent", () => "", trust))
        { Limit = TimeSpan.FromSeconds(10) };
        return await publisher.PublishAsync(new byte[] { 1 }, CancellationToken.None);
    }
}
