using System.Net;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Projects;

/// <summary>An orchestrator with projects "red" and "blue", each with a check and a location of the same names, "web" and "eu".</summary>
internal static class TwoProjects
{
    internal static string Location(string project, string name, string more = "{}") => $"""
        apiVersion: probes/v1
        kind: Location
        metadata: {"{"}name: {name}, project: {project}{"}"}
        spec: {more}

        """;

    internal static string Check(string project, string name, string locations, string host = "a.example.com", int port = 443) => $"""
        apiVersion: probes/v1
        kind: Check
        metadata: {"{"}name: {name}, project: {project}{"}"}
        spec:
          interval: 1s
          locations: [{locations}]
          tcp: {"{"}host: {host}, port: {port}{"}"}

        """;

    internal static async Task<RunningOrchestrator> StartAsync(params (string, string)[] settings)
    {
        var orchestrator = await RunningOrchestrator.StartAsync(settings);
        using var api = orchestrator.Client(orchestrator.AdminKey);
        foreach (var project in new[] { "red", "blue" })
        {
            await SucceedAsync(api.PutAsync($"/api/v1/projects/{project}", ApiFixture.Json("{}")));
            await SucceedAsync(api.PostAsync("/api/v1/apply", ApiFixture.Yaml(Location(project, "eu") + "---\n" + Check(project, "web", "eu"))));
        }

        return orchestrator;
    }

    internal static async Task SucceedAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.That(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    internal static async Task<string> TextAsync(Task<HttpResponseMessage> asked, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var answer = await asked;
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That(answer.StatusCode, Is.EqualTo(status), text);
        return text;
    }
}
