using System.Net.Http.Json;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Documents;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Secrets;
using Probes.Tests.Orchestrator.Sessions;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Secrets;

public sealed class SecretDeliveryTests
{
    private static readonly TimeSpan Beat = TimeSpan.FromMilliseconds(300);

    [Test]
    [CancelAfter(60_000)]
    public async Task Only_the_agent_that_runs_the_check_has_its_secret_before_the_check_and_at_once_when_it_changes()
    {
        await using var orchestrator = await StartAsync();
        await SetAsync(orchestrator, "USED", "the first value");
        await SetAsync(orchestrator, "UNUSED", "of no use to anybody");
        await orchestrator.ApplyAsync(Referring("web", "near"), RunningOrchestrator.TcpCheck("plain", "far"));
        var (_, near) = await orchestrator.EnrolAsync("near");
        var (_, far) = await orchestrator.EnrolAsync("far");
        using var user = await TestAgent.ConnectAsync(orchestrator, near, beating: Beat, hello: Hello(Capabilities.Secrets));
        using var other = await TestAgent.ConnectAsync(orchestrator, far, beating: Beat, hello: Hello(Capabilities.Secrets));

        Assert.That(Told(await user.NextAsync()), Is.EqualTo(new[] { "default/USED=the first value" }));
        Assert.That((await user.NextAsync()).Snapshot.Checks.Single().Name, Is.EqualTo("web"));
        Assert.That(Told(await other.NextAsync()), Is.Empty);
        Assert.That((await other.NextAsync()).Snapshot.Checks.Single().Name, Is.EqualTo("plain"));

        var began = TimeProvider.System.GetTimestamp();
        await SetAsync(orchestrator, "USED", "the second value");
        Assert.That(Told(await user.NextAsync()), Is.EqualTo(new[] { "default/USED=the second value" }));
        Assert.That(TimeProvider.System.GetElapsedTime(began), Is.LessThan(TimeSpan.FromSeconds(2)));

        // What does not concern it is no news to the other: the next it hears is its own check's change.
        await orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("plain", "far") with { Description = "changed" });
        Assert.That((await other.NextAsync()).KindCase, Is.EqualTo(Wire.OrchestratorMessage.KindOneofCase.Diff));

        // With the check the secret goes.
        await orchestrator.Catalog.DeleteCheckAsync("web", CancellationToken.None);
        Assert.That(Told(await user.NextAsync()), Is.Empty);
        Assert.That((await user.NextAsync()).Diff.Deletes, Is.EqualTo(new[] { "web" }));
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task An_agent_that_does_not_know_secrets_is_given_neither_secret_nor_check()
    {
        await using var orchestrator = await StartAsync();
        await SetAsync(orchestrator, "USED", "the first value");
        await orchestrator.ApplyAsync(Referring("web", "near"), RunningOrchestrator.TcpCheck("plain", "near"));
        var (_, credential) = await orchestrator.EnrolAsync("near");
        using var old = await TestAgent.ConnectAsync(orchestrator, credential, beating: Beat, hello: Hello(Capabilities.EffectiveTime));
        Assert.That((await old.NextAsync()).Snapshot.Checks.Select(c => c.Name), Is.EqualTo(new[] { "plain" }));
        using var client = orchestrator.Client(orchestrator.AdminKey);
        Assert.That(await client.GetStringAsync("/api/v1/agents"), Does.Contain("does not know").And.Contain("secrets"));
        Assert.That((await client.GetFromJsonAsync<System.Text.Json.JsonElement>("/api/v1/locations/near")).GetProperty("shedChecks")[0].GetString(), Is.EqualTo("web"));
    }

    private static async Task<RunningOrchestrator> StartAsync()
    {
        var orchestrator = await RunningOrchestrator.StartAsync(("Sessions:HeartbeatSeconds", "1"));
        var report = await orchestrator.Catalog.ApplyAsync(new DocumentSet([], [new Location { Name = "near" }, new Location { Name = "far" }], []), false, CancellationToken.None);
        Assert.That(report.Errors, Is.Empty);
        return orchestrator;
    }

    private static Task<SecretInfo> SetAsync(RunningOrchestrator orchestrator, string name, string value) =>
        orchestrator.Get<SecretBook>().PutAsync(Caller.System("test"), new SecretName("default", name), value, CancellationToken.None);

    private static Wire.Hello Hello(string capability) =>
        new() { InstanceId = Guid.NewGuid().ToString(), Version = "1.0", Kinds = { ProbeKinds.Names }, Capabilities = { capability } };

    private static Check Referring(string name, string location) => new()
    {
        Name = name,
        Locations = [location],
        Probe = new HttpSpec { Url = new Uri("https://shop.example.com/"), Headers = [KeyValuePair.Create("X-Key", "${{ secrets.USED }}")] },
    };

    private static IEnumerable<string> Told(Wire.OrchestratorMessage message)
    {
        Assert.That(message.KindCase, Is.EqualTo(Wire.OrchestratorMessage.KindOneofCase.Secrets), message.ToString());
        return message.Secrets.Values.Select(v => $"{v.Project}/{v.Name}={v.Value}");
    }
}
