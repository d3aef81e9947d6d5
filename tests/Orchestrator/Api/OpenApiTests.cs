using System.Net;
using Microsoft.AspNetCore.Routing;

namespace Probes.Tests.Orchestrator.Api;

public sealed class OpenApiTests
{
    [Test]
    public async Task The_description_lists_every_endpoint_with_a_summary_and_what_it_answers()
    {
        await using var orchestrator = await ApiFixture.StartAsync();
        using var api = orchestrator.Client(orchestrator.AdminKey);
        var document = await ApiFixture.ReadAsync(await api.GetAsync("/openapi/v1.json"));
        var described = document.GetProperty("paths").EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(o => (Route: $"{o.Name.ToUpperInvariant()} {p.Name}", Operation: o.Value))).ToList();
        var mapped = orchestrator.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
            .Where(e => e.RoutePattern.RawText!.StartsWith("/api/v1", StringComparison.Ordinal))
            .SelectMany(e => e.Metadata.GetMetadata<HttpMethodMetadata>()!.HttpMethods.Select(m => $"{m} {e.RoutePattern.RawText!.TrimEnd('/').Replace(":long}", "}", StringComparison.Ordinal)}"));

        Assert.That(described.Select(d => d.Route), Is.SupersetOf(mapped));
        Assert.That(described.Select(d => d.Route), Is.SupersetOf(new[]
        {
            "GET /api/v1/checks", "GET /api/v1/checks/{name}", "PUT /api/v1/checks/{name}", "DELETE /api/v1/checks/{name}", "POST /api/v1/apply",
            "GET /api/v1/locations", "GET /api/v1/agents", "POST /api/v1/tokens", "GET /api/v1/checks/{name}/heatmap", "GET /api/v1/checks/{name}/regions",
            "GET /api/v1/results", "GET /api/v1/incidents", "GET /api/v1/incidents/{id}", "PATCH /api/v1/incidents/{id}", "GET /api/v1/events", "GET /api/v1/overview", "GET /api/v1/dead-letters", "GET /metrics",
        }));
        Assert.That(described.Where(d => !d.Operation.TryGetProperty("summary", out var s) || s.GetString() is not { Length: > 5 }).Select(d => d.Route), Is.Empty, "without a summary");
        var heatmap = described.Single(d => d.Route == "GET /api/v1/checks/{name}/heatmap").Operation;
        Assert.That(heatmap.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()), Is.EquivalentTo(new[] { "name", "project", "metric", "from", "to", "step" }));
        Assert.That(described.Single(d => d.Route == "POST /api/v1/apply").Operation.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/yaml", out _));
        Assert.That(document.GetProperty("components").GetProperty("schemas").EnumerateObject().Select(s => s.Name),
            Is.SupersetOf(new[] { "Heatmap", "RegionReply", "ResultReply", "Incident", "ProblemDetails" }));
    }

    [Test]
    public async Task Nothing_that_is_described_answers_to_a_stranger()
    {
        await using var orchestrator = await ApiFixture.StartAsync();
        using var api = orchestrator.Client(orchestrator.AdminKey);
        using var stranger = orchestrator.Client(null);
        var document = await ApiFixture.ReadAsync(await api.GetAsync("/openapi/v1.json"));
        foreach (var path in document.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
            {
                using var request = new HttpRequestMessage(new HttpMethod(operation.Name.ToUpperInvariant()), path.Name.Replace("{name}", "x").Replace("{id}", "x"));
                using var response = await stranger.SendAsync(request);
                Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized), $"{operation.Name} {path.Name}");
            }
        }

        Assert.That((await stranger.GetAsync("/openapi/v1.json")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }
}
