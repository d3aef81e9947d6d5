using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Api;

/// <summary>Asks a whole orchestrator over its socket, with the operator's key.</summary>
internal static class ApiFixture
{
    public static Task<RunningOrchestrator> StartAsync() => RunningOrchestrator.StartAsync();

    public static StringContent Yaml(string text) => new(text, Encoding.UTF8, "application/yaml");

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static string Check(string name, string more = "") => $"""
        apiVersion: probes/v1
        kind: Check
        metadata: {"{"}name: {name}{"}"}
        spec:
          interval: 10s
          tcp: {"{"}host: shop.example.com, port: 443{"}"}
        {more}
        """;

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response) => await response.Content.ReadFromJsonAsync<JsonElement>();

    /// <summary>The problem document of a refusal.</summary>
    public static async Task<JsonElement> ProblemAsync(HttpResponseMessage response, int status)
    {
        Assert.That((int)response.StatusCode, Is.EqualTo(status), await response.Content.ReadAsStringAsync());
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("application/problem+json"));
        var problem = await ReadAsync(response);
        Assert.That(problem.GetProperty("status").GetInt32(), Is.EqualTo(status));
        Assert.That(problem.GetProperty("title").GetString(), Is.Not.Empty);
        return problem;
    }
}
