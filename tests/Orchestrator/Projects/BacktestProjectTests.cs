using System.Net;
using System.Text.Json;
using Probes.Orchestrator.Access;
using Probes.Tests.Orchestrator.Api;

namespace Probes.Tests.Orchestrator.Projects;

public sealed class BacktestProjectTests
{
    [Test]
    public async Task A_project_replays_its_own_checks_only_and_anothers_are_not_there()
    {
        await using var orchestrator = await TwoProjects.StartAsync();
        var made = await orchestrator.Get<ApiKeys>().CreateAsync("red", Role.Editor, "red", null, "test", CancellationToken.None);
        using var red = orchestrator.Client(made.Secret);
        using var admin = orchestrator.Client(orchestrator.AdminKey);
        var path = $"/api/v1/backtest?from={TimeProvider.System.GetUtcNow().AddHours(-1):yyyy-MM-ddTHH:mm:ssZ}";
        Assert.That(await PairsAsync(red, path), Is.EqualTo(1));
        Assert.That(await PairsAsync(red, path + "&check=web"), Is.EqualTo(1), "a bare name means its own");
        Assert.That(await PairsAsync(admin, path), Is.EqualTo(2));
        Assert.That(await PairsAsync(admin, path + "&project=blue"), Is.EqualTo(1));

        var foreign = await ApiFixture.ProblemAsync(await red.PostAsync(path + "&check=blue/web", ApiFixture.Yaml("")), 400);
        Assert.That(foreign.GetProperty("detail").GetString(), Does.Contain("there is no check"));
        var rule = "apiVersion: probes/v1\nkind: DetectorRule\nmetadata: {name: tried}\nspec: {checks: [blue/web]}\n";
        var ruled = await ApiFixture.ProblemAsync(await red.PostAsync(path, ApiFixture.Yaml(rule)), 400);
        Assert.That(ruled.GetProperty("field").GetString(), Is.EqualTo("spec.checks[0]"));
        Assert.That((await red.GetAsync("/api/v1/checks/blue%2Fweb/why?region=eu")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        var own = await ApiFixture.ReadAsync(await red.GetAsync("/api/v1/checks/web/why?region=red/eu"));
        Assert.That((own.GetProperty("check").GetString(), own.GetProperty("level").GetString()), Is.EqualTo(("red/web", "unknown")));
    }

    private static async Task<int> PairsAsync(HttpClient client, string path)
    {
        var text = await TwoProjects.TextAsync(client.PostAsync(path, ApiFixture.Yaml("")));
        return JsonElement.Parse(text.TrimEnd().Split('\n')[^1]).GetProperty("report").GetProperty("checkRegions").GetInt32();
    }
}
