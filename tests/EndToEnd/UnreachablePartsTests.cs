using Grpc.Core;
using Grpc.Net.Client;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Access;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

[NonParallelizable]
public sealed class UnreachablePartsTests
{
    [Test]
    [CancelAfter(90_000)]
    public async Task Without_its_database_and_broker_the_orchestrator_says_so_stays_up_and_is_not_ready()
    {
        var folder = Directory.CreateTempSubdirectory("probes-e2e-").FullName;
        var (http, grpc) = ($"http://127.0.0.1:{FreePort.Next()}", $"http://127.0.0.1:{FreePort.Next()}");
        using var orchestrator = ProductProcess.Start("orchestrator", folder, ["--data", folder, "--http", http, "--grpc", grpc], new Dictionary<string, string>
        {
            ["PROBES__STORE__CONNECTIONSTRING"] = $"Host=127.0.0.1;Port={FreePort.Next()};Username=probes;Password=hunter2;Database=probes",
            ["PROBES__BUS__CONNECTIONSTRING"] = $"amqp://probes:hunter2@127.0.0.1:{FreePort.Next()}/",
        });
        using var api = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri(http) };
        await Poll.UntilAsync(async () => (await api.GetAsync("/healthz")).IsSuccessStatusCode, TimeSpan.FromSeconds(30), "the orchestrator is alive");
        Assert.That((int)(await api.GetAsync("/readyz")).StatusCode, Is.EqualTo(503));
        await Poll.UntilAsync(() => Task.FromResult(orchestrator.Output.Contains("Store is not usable: PostgreSQL at 127.0.0.1", StringComparison.Ordinal)),
            TimeSpan.FromSeconds(30), "the database is named");

        using var channel = GrpcChannel.ForAddress(grpc);
        var refusal = Assert.ThrowsAsync<RpcException>(async () => await new Enrolment.EnrolmentClient(channel).EnrolAsync(new EnrolRequest { Token = Secret.New(Secret.EnrolmentToken).Text }));
        Assert.That(refusal!.StatusCode, Is.EqualTo(StatusCode.Unavailable), "an agent tries again; it is not sent away");
        using var session = new AgentSession.AgentSessionClient(channel).Connect(new Metadata { { "authorization", $"Bearer {Secret.New(Secret.AgentCredential).Text}" } });
        Assert.That(Assert.ThrowsAsync<RpcException>(() => session.ResponseStream.MoveNext(CancellationToken.None))!.StatusCode,
            Is.EqualTo(StatusCode.Unavailable));

        Assert.That(orchestrator.HasExited, Is.False);
        Assert.That(orchestrator.Output, Does.Not.Contain("hunter2").And.Not.Contain("   at "), "no secret and no stack trace");
        orchestrator.Kill();
        Directory.Delete(folder, recursive: true);
    }
}
