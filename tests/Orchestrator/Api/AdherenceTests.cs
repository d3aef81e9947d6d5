using System.Net.Http.Json;
using System.Text.Json;
using Probes.Orchestrator.Adherence;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Api;

public sealed class AdherenceTests
{
    [Test]
    public async Task A_check_nobody_runs_is_written_down_asked_for_and_refused_as_other_addresses_do()
    {
        await using var system = await ApiFixture.StartAsync();
        using var client = system.Client(system.AdminKey);
        await client.PutAsync("/api/v1/locations/eu-west", ApiFixture.Yaml("apiVersion: probes/v1\nkind: Location\nmetadata: {name: eu-west}\nspec: {region: Europe}"));
        await system.ApplyAsync(RunningOrchestrator.TcpCheck("shop", "eu-west"));
        await Poll.UntilAsync(async () => (await client.GetFromJsonAsync<JsonElement>("/api/v1/checks/shop/adherence")).GetProperty("check").GetString() == "shop",
            TimeSpan.FromSeconds(10), "an answer");
        var book = system.Get<PeriodBook>();
        var open = await Poll.UntilAsync(async () => await book.OpenAsync(CancellationToken.None) is [var first, ..] ? first : null, TimeSpan.FromSeconds(20), "the period is written down");
        Assert.That(open.Place.Location, Is.EqualTo("eu-west"));

        await ApiFixture.ProblemAsync(await client.GetAsync("/api/v1/checks/none/adherence"), 404);
        foreach (var (query, field) in new[] { ("from=yesterday", "from"), ("from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z", "from"), ("step=61s", "step"), ("step=2d", "step") })
        {
            var problem = await ApiFixture.ProblemAsync(await client.GetAsync($"/api/v1/checks/shop/adherence?{query}"), 400);
            Assert.That(problem.GetProperty("field").GetString(), Is.EqualTo(field), query);
        }

        Assert.That(await client.GetStringAsync("/metrics"), Does.Contain("# TYPE probes_schedule_runs_missed gauge").And.Contain("# TYPE probes_agent_unfit gauge"));
    }
}
