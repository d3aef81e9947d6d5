using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Orchestrator.Sessions;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Fleet;

/// <summary>Agents, deliveries, shed checks and runs on demand over the REST API.</summary>
public sealed class FleetApiTests
{
    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _api = null!;

    [SetUp]
    public async Task SetUp()
    {
        _orchestrator = await RunningOrchestrator.StartAsync(("Sessions:HandOverMilliseconds", "200"));
        _api = _orchestrator.Client(_orchestrator.AdminKey);
    }

    [TearDown]
    public async Task TearDown()
    {
        _api.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task An_agent_is_renamed_drained_and_disabled_by_id_or_name_and_each_change_is_audited()
    {
        var (id, _) = await _orchestrator.EnrolAsync("local", "one");
        var renamed = await PatchAsync(id, """{"name":"two"}""");
        Assert.That(renamed.GetProperty("name").GetString(), Is.EqualTo("two"));
        Assert.That((await PatchAsync("two", """{"drained":true}""")).GetProperty("drained").GetBoolean(), Is.True);
        Assert.That((await PatchAsync("TWO", """{"drained":false,"disabled":true}""")).GetProperty("disabled").GetBoolean(), Is.True);
        Assert.That((await _api.GetFromJsonAsync<JsonElement>("/api/v1/agents/two")).GetProperty("id").GetString(), Is.EqualTo(id));
        await using var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        var entries = await db.Set<AuditEntity>().Where(a => a.Target.StartsWith("agent/")).OrderBy(a => a.Id).ToListAsync();
        Assert.That(entries.Select(e => (e.Action, e.Before, e.After)), Is.EqualTo(new[]
        {
            ("agent.rename", "one", "two"), ("agent.drain", "False", "True"), ("agent.undrain", "True", "False"), ("agent.disable", "False", "True"),
        }));
        Assert.That(entries.Select(e => e.Actor), Is.All.Not.Empty);
    }

    [TestCase("""{"name":"Not A Name"}""", "name")]
    [TestCase("""{"name":"taken"}""", "name")]
    [TestCase("""{"location":"nowhere"}""", "location")]
    [TestCase("""{"capacity":4}""", "capacity")]
    [TestCase("""{"drained":"perhaps"}""", "drained")]
    public async Task A_change_that_is_not_allowed_names_its_field_and_changes_nothing(string patch, string field)
    {
        await _orchestrator.EnrolAsync("local", "taken");
        var (id, _) = await _orchestrator.EnrolAsync("local", "one");
        var problem = await ApiFixture.ProblemAsync(await _api.PatchAsync($"/api/v1/agents/{id}", ApiFixture.Json(patch)), 400);
        Assert.That(problem.GetProperty("field").GetString(), Is.EqualTo(field));
        var agent = await _api.GetFromJsonAsync<JsonElement>($"/api/v1/agents/{id}");
        Assert.That((agent.GetProperty("name").GetString(), agent.GetProperty("location").GetString(), agent.GetProperty("drained").GetBoolean()),
            Is.EqualTo(("one", "local", false)));
    }

    [Test]
    public async Task A_moved_agent_hands_over_is_welcomed_in_its_new_place_and_keeps_its_identity()
    {
        await _api.PutAsync("/api/v1/locations/other", ApiFixture.Yaml("apiVersion: probes/v1\nkind: Location\nmetadata: {name: other}\nspec: {type: private}\n"));
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("here", "local"), RunningOrchestrator.TcpCheck("there", "other"));
        var (id, credential) = await _orchestrator.EnrolAsync("local", "one");
        using (var agent = await TestAgent.ConnectAsync(_orchestrator, credential, beating: TimeSpan.FromSeconds(1)))
        {
            var snapshot = (await agent.NextAsync()).Snapshot;
            Assert.That(snapshot.Checks.Single().Name, Is.EqualTo("here"));
            await AppliedAsync(agent, snapshot.Revision);
            await PatchAsync(id, """{"location":"other"}""");
            var diff = (await agent.NextAsync()).Diff;
            Assert.That(diff.Deletes, Is.EqualTo(new[] { "here" }));
            await AppliedAsync(agent, diff.Revision);
            Assert.ThrowsAsync<Grpc.Core.RpcException>(async () => await agent.NextAsync(), "it is sent to come again");
        }

        using var moved = await TestAgent.ConnectAsync(_orchestrator, credential);
        Assert.That(moved.Welcome!.Location, Is.EqualTo("other"));
        Assert.That((await moved.NextAsync()).Snapshot.Checks.Single().Name, Is.EqualTo("there"));
    }

    [Test]
    public async Task A_deleted_agent_is_cut_off_refused_and_no_longer_listed()
    {
        var (id, credential) = await _orchestrator.EnrolAsync("local", "one");
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential, beating: TimeSpan.FromSeconds(1));
        await agent.NextAsync();
        Assert.That((await _api.DeleteAsync("/api/v1/agents/one")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.ThrowsAsync<Grpc.Core.RpcException>(async () => await agent.NextAsync());
        var refused = Assert.ThrowsAsync<Grpc.Core.RpcException>(async () => await TestAgent.ConnectAsync(_orchestrator, credential));
        Assert.That(refused!.StatusCode, Is.EqualTo(Grpc.Core.StatusCode.Unauthenticated));
        Assert.That((await _api.GetFromJsonAsync<JsonElement>("/api/v1/agents")).GetArrayLength(), Is.Zero);
        Assert.That((await _api.GetAsync($"/api/v1/agents/{id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await _api.DeleteAsync("/api/v1/agents/one")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(_orchestrator.Catalog.Current.AgentsByPublicId[id].Name, Is.EqualTo("one"), "its history stays readable");
    }

    [Test]
    public async Task A_check_says_on_how_many_agents_it_is_live_and_who_refuses_it()
    {
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("web"));
        var (_, credential) = await _orchestrator.EnrolAsync("local", "one");
        Assert.That(await DeliveryAsync("web"), Is.EqualTo((0, 0, 0)));
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential);
        var revision = (await agent.NextAsync()).Snapshot.Revision;
        Assert.That(await DeliveryAsync("web"), Is.EqualTo((0, 1, 0)));
        await AppliedAsync(agent, revision);
        await Poll.UntilAsync(async () => await DeliveryAsync("web") == (1, 1, 0), TimeSpan.FromSeconds(5), "live on 1 of 1");
        var refusing = new Wire.Applied { Revision = revision };
        refusing.Refused.Add(new Wire.RefusedCheck { Check = "web", Reason = "no such port here" });
        await agent.SendAsync(new Wire.AgentMessage { Applied = refusing });
        await Poll.UntilAsync(async () => await DeliveryAsync("web") == (0, 1, 1), TimeSpan.FromSeconds(5), "refused by 1");
    }

    [Test]
    public async Task What_no_agent_has_room_for_is_shed_and_said_in_the_api_and_the_metrics()
    {
        await _orchestrator.ApplyAsync([.. Enumerable.Range(0, 10).Select(i => RunningOrchestrator.TcpCheck($"check-{i}") with { Interval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(0.5) })]);
        var (_, credential) = await _orchestrator.EnrolAsync("local", "small");
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential, hello: new Wire.Hello { InstanceId = "i", Version = "1.0", Capacity = 4 });
        Assert.That((await agent.NextAsync()).Snapshot.Checks, Has.Count.EqualTo(4));
        var location = await _api.GetFromJsonAsync<JsonElement>("/api/v1/locations/local");
        Assert.That((location.GetProperty("shed").GetInt32(), location.GetProperty("shedRunsPerSecond").GetDouble()), Is.EqualTo((6, 6.0)));
        var shed = location.GetProperty("shedChecks").EnumerateArray().Select(c => c.GetString()!).ToList();
        Assert.That(shed, Has.Count.EqualTo(6));
        Assert.That((await _api.GetFromJsonAsync<JsonElement>($"/api/v1/checks/{shed[0]}")).GetProperty("delivery").GetProperty("shed")[0].GetString(), Is.EqualTo("local"));
        Assert.That(await _api.GetStringAsync("/metrics"), Does.Contain("probes_checks_shed{location=\"local\"} 6"));
    }

    [Test]
    public async Task A_run_on_demand_gives_each_locations_result_or_what_stood_in_its_way_and_takes_no_others_word()
    {
        await _api.PutAsync("/api/v1/locations/empty", ApiFixture.Yaml("apiVersion: probes/v1\nkind: Location\nmetadata: {name: empty}\nspec: {type: private}\n"));
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("web"));
        var (_, credential) = await _orchestrator.EnrolAsync("local", "one");
        var (_, others) = await _orchestrator.EnrolAsync("empty", "two");
        var hello = new Wire.Hello { InstanceId = "i", Version = "1.0", Kinds = { "tcp" }, Capabilities = { Capabilities.OnDemand } };
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential, hello: hello);
        await agent.NextAsync();
        using var other = await TestAgent.ConnectAsync(_orchestrator, others, hello: new Wire.Hello { InstanceId = "i", Version = "0.1.0" });
        await other.NextAsync();

        var asking = _api.PostAsync("/api/v1/checks/web/runs", ApiFixture.Json("""{"timeout":"20s"}"""));
        var run = (await agent.NextAsync()).Run;
        Assert.That(run.Check.Name, Is.EqualTo("web"));
        var ours = new Wire.RunUpdate
        {
            Id = run.Id,
            State = Wire.RunState.Done,
            Result = new Wire.Result { CheckRevision = 1, DueUs = WireTimes.Us(TimeProvider.System.GetUtcNow()), Status = Wire.RunStatus.Failed, Source = Wire.FailureSource.Network, Reason = "connect_refused" },
        };
        await other.SendAsync(new Wire.AgentMessage { RunUpdate = new Wire.RunUpdate { Id = run.Id, State = Wire.RunState.Refused, Reason = "forged" } });
        await agent.SendAsync(new Wire.AgentMessage { RunUpdate = new Wire.RunUpdate { Id = run.Id, State = Wire.RunState.Accepted } });
        await agent.SendAsync(new Wire.AgentMessage { RunUpdate = ours });
        var reply = await ApiFixture.ReadAsync(await asking);
        Assert.That(reply.GetProperty("id").GetString(), Is.EqualTo(run.Id));
        var runs = reply.GetProperty("runs").EnumerateArray().ToDictionary(r => r.GetProperty("location").GetString()!);
        Assert.That(runs["local"].GetProperty("state").GetString(), Is.EqualTo("done"));
        Assert.That(runs["local"].GetProperty("result").GetProperty("reason").GetString(), Is.EqualTo("connect_refused"));
        Assert.That(runs["empty"].GetProperty("state").GetString(), Is.EqualTo("refused"));
        Assert.That(runs["empty"].GetProperty("reason").GetString(), Does.Contain("does not know runs on demand"));
        Assert.That((await _api.GetFromJsonAsync<JsonElement>("/api/v1/results?check=web")).GetProperty("items").GetArrayLength(), Is.Zero, "nothing is stored");
    }

    [Test]
    public async Task An_agent_that_does_not_answer_in_time_or_is_not_there_is_named()
    {
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("web"));
        var offline = await ApiFixture.ReadAsync(await _api.PostAsync("/api/v1/checks/web/runs", ApiFixture.Json("{}")));
        Assert.That(offline.GetProperty("runs")[0].GetProperty("state").GetString(), Is.EqualTo("offline"));
        var (_, credential) = await _orchestrator.EnrolAsync("local", "one");
        using var agent = await TestAgent.ConnectAsync(_orchestrator, credential, hello: new Wire.Hello { InstanceId = "i", Capabilities = { Capabilities.OnDemand } });
        await agent.NextAsync();
        var late = await ApiFixture.ReadAsync(await _api.PostAsync("/api/v1/checks/web/runs", ApiFixture.Json("""{"timeout":"1s"}""")));
        Assert.That(late.GetProperty("runs")[0].GetProperty("state").GetString(), Is.EqualTo("noAnswer"));
        Assert.That(late.GetProperty("runs")[0].GetProperty("agent").GetString(), Is.EqualTo("one"));
    }

    [TestCase("""{"timeout":"an hour"}""", "timeout")]
    [TestCase("""{"timeout":"2h"}""", "timeout")]
    [TestCase("""{"locations":["nowhere"]}""", "locations")]
    [TestCase("""{"locations":[]}""", "locations")]
    public async Task A_request_for_a_run_that_is_not_allowed_names_its_field(string body, string field)
    {
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("web"));
        var problem = await ApiFixture.ProblemAsync(await _api.PostAsync("/api/v1/checks/web/runs", ApiFixture.Json(body)), 400);
        Assert.That(problem.GetProperty("field").GetString(), Is.EqualTo(field));
        Assert.That((await _api.PostAsync("/api/v1/checks/never/runs", ApiFixture.Json("{}"))).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private async Task<JsonElement> PatchAsync(string agent, string json)
    {
        var response = await _api.PatchAsync($"/api/v1/agents/{agent}", ApiFixture.Json(json));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        return await ApiFixture.ReadAsync(response);
    }

    private async Task<(int Applied, int Assigned, int Refused)> DeliveryAsync(string check)
    {
        var delivery = (await _api.GetFromJsonAsync<JsonElement>($"/api/v1/checks/{check}")).GetProperty("delivery");
        return (delivery.GetProperty("applied").GetInt32(), delivery.GetProperty("assigned").GetInt32(), delivery.GetProperty("refused").GetArrayLength());
    }

    private static Task AppliedAsync(TestAgent agent, long revision) =>
        agent.SendAsync(new Wire.AgentMessage { Applied = new Wire.Applied { Revision = revision } });
}
