using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>Two teams on one orchestrator, an agent each, with checks of the same name; one team shares a location.</summary>
[NonParallelizable]
public sealed class TwoProjectsTests
{
    private static readonly string[] Teams = ["blue", "red"];

    [Test]
    [CancelAfter(180_000)]
    public async Task Each_team_has_its_own_results_of_its_own_check_and_what_is_shared_runs_both()
    {
        await using var target = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
        await using var system = await ProbesSystem.StartAsync();
        try
        {
            foreach (var team in Teams)
            {
                var (made, said) = await system.CommandAsync("project", "create", team, "--description", $"team {team}");
                Assert.That(made, Is.Zero, said);
            }

            Assert.That(JsonElement.Parse((await system.CommandAsync("project", "list", "--json")).Output).EnumerateArray().Select(p => p.GetProperty("name").GetString()),
                Is.EqualTo(new[] { "blue", "default", "red" }));
            foreach (var team in Teams)
            {
                var (exit, output) = await system.ApplyAsync(Documents(team, target.Port), "--project", team);
                Assert.That(exit, Is.Zero, output);
                await system.StartAgentAsync($"{team}/office", "worker");
            }

            await Poll.UntilAsync(async () => (await LocationsAsync(system, "red")).SetEquals(["red/office", "blue/office"]) && (await LocationsAsync(system, "blue")).SetEquals(["blue/office"]),
                TimeSpan.FromSeconds(90), "red's check runs at both places, blue's at its own");
            Assert.That((await system.GetAsync("/api/v1/agents")).EnumerateArray().Select(a => a.GetProperty("name").GetString()), Is.EqualTo(new[] { "blue/worker", "red/worker" }));
            await AssertApartAsync(system);

            // Blue stops sharing: red's check leaves its agent, and nothing of blue's changes.
            var (unshared, why) = await system.ApplyAsync(Documents("blue", target.Port).Replace("{shared: true}", "{shared: false}", StringComparison.Ordinal), "--project", "blue");
            Assert.That(unshared, Is.Zero, why);
            await Poll.UntilAsync(async () => (await system.GetAsync("/api/v1/agents?project=blue")).EnumerateArray().Single().GetProperty("runningChecks").GetInt32() == 1,
                TimeSpan.FromSeconds(30), "blue's agent runs blue's check alone");
        }
        catch (Exception e)
        {
            throw new AssertionException($"{e.Message}\n{system.Outputs()}", e);
        }
    }

    private static async Task AssertApartAsync(ProbesSystem system)
    {
        var reply = await system.Api.PostAsJsonAsync("/api/v1/keys", new { name = "blue", role = "admin", project = "blue" });
        Assert.That(reply.StatusCode, Is.EqualTo(HttpStatusCode.Created), await reply.Content.ReadAsStringAsync());
        using var blue = new HttpClient(new SocketsHttpHandler()) { BaseAddress = system.Api.BaseAddress };
        blue.DefaultRequestHeaders.Add("Authorization", $"Bearer {(await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()}");
        Assert.That((await blue.GetFromJsonAsync<JsonElement>("/api/v1/checks")).EnumerateArray().Select(c => c.GetProperty("project").GetString()), Is.EqualTo(new[] { "blue" }));
        Assert.That((await blue.GetFromJsonAsync<JsonElement>("/api/v1/results?check=web")).GetProperty("items").EnumerateArray().Select(r => r.GetProperty("check").GetString()).Distinct(),
            Is.EqualTo(new[] { "blue/web" }));
        foreach (var path in new[] { "/api/v1/results", "/api/v1/overview", "/api/v1/agents", "/metrics", "/", "/agents", "/locations" })
        {
            Assert.That(await blue.GetStringAsync(path), Does.Not.Match(@"\bred\b"), path);
        }

        Assert.That((await blue.GetAsync("/api/v1/checks/web?project=red")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    private static async Task<HashSet<string?>> LocationsAsync(ProbesSystem system, string team) =>
        [.. (await system.GetAsync($"/api/v1/results?check=web&project={team}")).GetProperty("items").EnumerateArray()
            .Where(r => r.GetProperty("status").GetString() == "passed").Select(r => r.GetProperty("location").GetString())];

    private static string Documents(string team, int port) => $"""
        apiVersion: probes/v1
        kind: Location
        metadata: {"{"}name: office{"}"}
        spec: {(team == "blue" ? "{shared: true}" : "{}")}
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {"{"}name: web{"}"}
        spec:
          interval: 1s
          locations: [office{(team == "red" ? ", blue/office" : "")}]
          http: {"{"}url: "http://127.0.0.1:{port}/"{"}"}
          assertions: [{"{"}status: 200{"}"}]
        """;
}
