using System.Diagnostics;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;
using Probes.Tests.Agent.Session;
using Probes.Tests.Structure;
using Probes.Tests.Testing;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;
using Batches = Probes.Tests.Orchestrator.Ingest.Batches;

namespace Probes.Tests.Orchestrator.Broker;

/// <summary>Agents with identities of their own at a real broker that runs the shipped configuration.</summary>
public sealed class AgentBrokerTests
{
    private RabbitMqNode _node = null!;
    private RunningOrchestrator _orchestrator = null!;
    private (string PublicId, string Credential) _agent;

    [OneTimeSetUp]
    public async Task Start()
    {
        var auth = new Uri($"http://127.0.0.1:{FreePort.Next()}/");
        _node = await RabbitMqNode.StartNewAsync(auth, Path.Combine(Repository.Root, "deploy", "rabbitmq"));
        _orchestrator = await RunningOrchestrator.StartAsync(
            ("Bus:ConnectionString", _node.Uri.ToString()), ("Bus:AgentConnectionString", _node.AgentUri.ToString()),
            ("Broker:AuthUrl", auth.GetLeftPart(UriPartial.Authority)), ("Broker:ManagementUrl", _node.ManagementUri.ToString()));
        _agent = await _orchestrator.EnrolAsync("local", "first");
        using var api = _orchestrator.Client(null);
        await Poll.UntilAsync(async () => (await api.GetAsync("/readyz")).IsSuccessStatusCode, TimeSpan.FromSeconds(60), "the orchestrator has declared its queues");
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        await _orchestrator.DisposeAsync();
        await _node.DisposeAsync();
    }

    [Test]
    public async Task An_agent_publishes_its_own_batches_and_is_stopped_from_everything_else()
    {
        await using var connection = await ConnectAsync(_agent.PublicId, _agent.Credential);
        await Allowed(connection, c => PublishAsync(c, "probes.results", _agent.PublicId, _agent.PublicId));

        await Refused(connection, "another exchange", c => PublishAsync(c, "probes.dead", _agent.PublicId, _agent.PublicId));
        await Refused(connection, "the default exchange", c => PublishAsync(c, "", _agent.PublicId, _agent.PublicId));
        await Refused(connection, "another's user_id", c => PublishAsync(c, "probes.results", "somebody", _agent.PublicId));
        await Refused(connection, "declaring a queue", c => c.QueueDeclareAsync("mine"));
        await Refused(connection, "declaring an exchange", c => c.ExchangeDeclareAsync("mine", ExchangeType.Topic));
        await Refused(connection, "deleting the queue", c => c.QueueDeleteAsync("probes.ingest"));
        await Refused(connection, "deleting the exchange", c => c.ExchangeDeleteAsync("probes.results"));
        await Refused(connection, "purging the queue", c => c.QueuePurgeAsync("probes.ingest"));
        await Refused(connection, "reading the queue", c => c.BasicGetAsync("probes.ingest", autoAck: true));
        await Refused(connection, "consuming the queue", c => c.BasicConsumeAsync("probes.ingest", true, new AsyncDefaultBasicConsumer(c)));
        await Refused(connection, "reading the dead letters", c => c.BasicGetAsync("probes.dead", autoAck: true));
        await Refused(connection, "binding a queue", c => c.QueueBindAsync("probes.ingest", "probes.results", "x"));
        await Refused(connection, "an exclusive queue of its own", c => c.QueueDeclareAsync());
    }

    [Test]
    public async Task Another_virtual_host_a_wrong_credential_and_the_management_are_closed_to_an_agent()
    {
        foreach (var vhost in new[] { "/", "elsewhere" })
        {
            // The broker closes on a virtual host that may not be entered, and the client takes some answers to that for a connection.
            var fault = Assert.CatchAsync(
                async () =>
                {
                    await using var connection = await ConnectAsync(_agent.PublicId, _agent.Credential, vhost);
                    TestContext.Out.WriteLine($"{vhost}: {connection.IsOpen} {connection.CloseReason}");
                    await using var channel = await ChannelAsync(connection).WaitAsync(TimeSpan.FromSeconds(10));
                    await PublishAsync(channel, "probes.results", _agent.PublicId, _agent.PublicId).WaitAsync(TimeSpan.FromSeconds(10));
                },
                vhost);
            TestContext.Out.WriteLine($"{vhost}: {fault!.Message}");
        }

        Assert.That(async () => await ConnectAsync(_agent.PublicId, "wrong"), Throws.InstanceOf<BrokerUnreachableException>());
        Assert.That(async () => await ConnectAsync("guest", "guest"), Throws.InstanceOf<BrokerUnreachableException>());
        using var client = new HttpClient(new SocketsHttpHandler());
        using var ask = new HttpRequestMessage(HttpMethod.Get, new Uri(_node.ManagementUri.GetComponents(UriComponents.SchemeAndServer, UriFormat.Unescaped) + "/api/overview"));
        ask.Headers.Authorization = new("Basic", Convert.ToBase64String(System.Text.Encoding.UTF8.GetBytes($"{_agent.PublicId}:{_agent.Credential}")));
        Assert.That((int)(await client.SendAsync(ask)).StatusCode, Is.EqualTo(401));
    }

    [Test]
    public async Task A_batch_without_user_id_or_of_another_agent_is_refused_and_kept_with_its_reason()
    {
        var victim = await _orchestrator.EnrolAsync("local", "victim");
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("check"));
        await using var connection = await ConnectAsync(_agent.PublicId, _agent.Credential);
        await Allowed(connection, c => PublishAsync(c, "probes.results", null, _agent.PublicId));
        await Allowed(connection, c => PublishAsync(c, "probes.results", _agent.PublicId, victim.PublicId));
        await Poll.UntilAsync(
            async () =>
            {
                var reasons = (await _orchestrator.Get<IResultStore>().ReadDeadLettersAsync(50, CancellationToken.None)).Select(l => l.Reason).ToList();
                return reasons.Any(r => r.Contains("no user_id", StringComparison.Ordinal)) && reasons.Any(r => r.Contains(victim.PublicId, StringComparison.Ordinal));
            },
            TimeSpan.FromSeconds(20), "both are dead letters");
    }

    [Test]
    public async Task A_disabled_agent_loses_its_session_within_1_s_its_broker_connection_within_5_s_and_cannot_come_back()
    {
        var (_, token) = await _orchestrator.Get<TokenService>().CreateAsync("local", null, null, CancellationToken.None);
        var folder = Directory.CreateTempSubdirectory("probes-agent-").FullName;
        await using var agent = await RunningAgent.StartAsync(_orchestrator.Grpc, folder, token);
        await _orchestrator.ApplyAsync(RunningAgent.TcpCheck("often", _orchestrator.Http.Port));
        var registry = _orchestrator.Get<IAgentRegistry>();
        var known = await Poll.UntilAsync(async () => registry.Agents().SingleOrDefault(a => a is { Name: "a", Online: true }), TimeSpan.FromSeconds(20), "its session");
        await Poll.UntilAsync(
            async () => (await _orchestrator.Get<IResultStore>().ReadResultsAsync(new ResultQuery(), CancellationToken.None)).Items.Any(r => r.Result.Check == "often"),
            TimeSpan.FromSeconds(30), "its results come over the broker");
        var identity = agent.Host.Identity();

        // A thief has copied the credential and holds a connection of his own.
        await using var thief = await ConnectAsync(identity.AgentId, identity.Credential);
        var closed = new TaskCompletionSource();
        thief.ConnectionShutdownAsync += (_, _) =>
        {
            closed.TrySetResult();
            return Task.CompletedTask;
        };
        var clock = Stopwatch.StartNew();
        await _orchestrator.ChangeAsync(known.PublicId, new AgentChange(Disabled: true));
        await RunningAgent.Until(() => !registry.Agents().Single(a => a.PublicId == known.PublicId).Online, "the session's end");
        var session = clock.Elapsed;
        await closed.Task.WaitAsync(TimeSpan.FromSeconds(10));
        var connection = clock.Elapsed;
        var lastLogin = TimeSpan.Zero;
        await Poll.UntilAsync(
            async () =>
            {
                try
                {
                    await (await ConnectAsync(identity.AgentId, identity.Credential)).DisposeAsync();
                    lastLogin = clock.Elapsed;
                    return false;
                }
                catch (BrokerUnreachableException)
                {
                    return true;
                }
            },
            TimeSpan.FromSeconds(60), "reconnects are refused", TimeSpan.FromMilliseconds(500));
        TestContext.Out.WriteLine(
            $"disabled: session ended after {session.TotalSeconds:0.00} s, broker connection after {connection.TotalSeconds:0.00} s, "
            + $"last login let in after {lastLogin.TotalSeconds:0.0} s, refused from {clock.Elapsed.TotalSeconds:0.0} s on");
        Assert.That(session, Is.LessThan(TimeSpan.FromSeconds(1)));
        Assert.That(connection, Is.LessThan(TimeSpan.FromSeconds(5)));
    }

    private async Task<IConnection> ConnectAsync(string user, string password, string? vhost = null)
    {
        var factory = new ConnectionFactory { Uri = _node.AgentUri, UserName = user, Password = password, AutomaticRecoveryEnabled = false };
        if (vhost is not null)
        {
            factory.VirtualHost = vhost;
        }

        return await factory.CreateConnectionAsync();
    }

    private static async Task PublishAsync(IChannel channel, string exchange, string? userId, string agentId)
    {
        var properties = new BasicProperties();
        if (userId is not null)
        {
            properties.UserId = userId;
        }

        var batch = ResultBatch.Parser.ParseFrom(Batches.Bytes(1, now: TimeProvider.System.GetUtcNow()));
        batch.AgentId = agentId;
        batch.Checks[0] = "check";
        await channel.BasicPublishAsync(exchange, "results", mandatory: false, properties, Google.Protobuf.MessageExtensions.ToByteArray(batch));
    }

    private static async Task Allowed(IConnection connection, Func<IChannel, Task> act)
    {
        await using var channel = await ChannelAsync(connection);
        await act(channel);
    }

    private static async Task Refused(IConnection connection, string what, Func<IChannel, Task> act)
    {
        await using var channel = await ChannelAsync(connection);
        var fault = Assert.CatchAsync(async () => await act(channel).WaitAsync(TimeSpan.FromSeconds(10)), what);
        var reason = channel.CloseReason?.ReplyText ?? fault!.Message;
        TestContext.Out.WriteLine($"{what}: {reason}");
        Assert.That(reason, Does.Contain("ACCESS_REFUSED").Or.Contain("PRECONDITION_FAILED"), what);
        Assert.That(channel.IsOpen, Is.False, what);
    }

    private static Task<IChannel> ChannelAsync(IConnection connection) => connection.CreateChannelAsync(
        new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));
}
