using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Probes.Orchestrator.Live;
using Probes.Tests.Orchestrator.Api;

namespace Probes.Tests.Orchestrator.Projects;

/// <summary>
/// Every endpoint and page that is mapped, whoever mapped it, asked with a key that is bound to another project: nothing of a foreign project
/// is in any answer, nothing of it changes, and what exists there answers exactly as what does not. Changes come last: what is made by them has foreign names.
/// </summary>
public sealed partial class ForeignProjectTests
{
    private static readonly string[] Bodies =
    [
        "{}",
        """{"location": "canary/canary-eu"}""",
        """{"name": "taken", "role": "viewer", "project": "canary"}""",
        """{"name": "canary-agent"}""",
        """{"location": "canary/canary-eu", "name": "canary"}""",
        """{"value": "something-long", "project": "canary"}""",
        """{"value": "something-long"}""",
        """{"role": "admin"}""",
        """{"disabled": true}""",
        """{"drained": true}""",
        TwoProjects.Check("canary", "canary-web", "canary-eu"),
        TwoProjects.Check("red", "far", "canary/canary-eu"),
        TwoProjects.Location("canary", "canary-eu"),
    ];

    private Canaries _canaries = null!;
    private HttpClient _red = null!;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _canaries = await Canaries.StartAsync();
        _red = _canaries.Orchestrator.Client(_canaries.RedKey);
        _red.DefaultRequestHeaders.Add("Accept", "text/html, application/json");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _red.Dispose();
        await _canaries.DisposeAsync();
    }

    [Test, Order(1)]
    public async Task Nothing_of_another_project_is_in_any_answer()
    {
        using var admin = _canaries.Orchestrator.Client(_canaries.Orchestrator.AdminKey);
        admin.DefaultRequestHeaders.Add("Accept", "text/html, application/json");
        var told = new List<string>();
        using var all = Assert.EnterMultipleScope();
        foreach (var path in Endpoints("GET").SelectMany(e => Paths(e, "web", "eu")).Distinct())
        {
            var answer = await AnswerAsync(_red, "GET", path, null);
            Assert.That(answer, Does.Not.Contain("canary").IgnoreCase, path);
            Assert.That(_canaries.Ids.Where(id => answer.Contains(id, StringComparison.Ordinal)), Is.Empty, path);
            if ((await AnswerAsync(admin, "GET", path, null)).Contains("canary", StringComparison.OrdinalIgnoreCase))
            {
                told.Add(path);
            }
        }

        // Whoever may see it does; otherwise the above proves nothing.
        Assert.That(told, Is.SupersetOf(new[]
        {
            "/", "/incidents", "/agents", "/locations", "/projects", "/dead-letters", "/api/v1/checks", "/api/v1/locations", "/api/v1/agents", "/api/v1/tokens", "/api/v1/results",
            "/api/v1/incidents", "/api/v1/overview", "/api/v1/regions", "/api/v1/projects", "/api/v1/dead-letters", "/metrics",
        }));
    }

    [Test, Order(2)]
    public async Task What_exists_elsewhere_answers_as_what_does_not()
    {
        using var all = Assert.EnterMultipleScope();
        string[] queries = ["", "?project=canary", "?check=canary-web&location=canary-eu", "?check=canary/canary-web&location=canary/canary-eu", "?agent=canary-agent", $"?agent={_canaries.Agent}", "?region=canary-region"];
        foreach (var path in Endpoints("GET").SelectMany(e => Paths(e, ["canary-web", "canary-eu", "canary%2Fcanary-web", "canary%2Fcanary-eu", "canary", .. _canaries.Ids])).Distinct())
        {
            foreach (var query in queries)
            {
                await AssertNoOracleAsync("GET", path + query, null);
            }
        }
    }

    [Test, Order(4)]
    public async Task Nothing_of_another_project_is_changed_and_refusals_tell_nothing()
    {
        using var all = Assert.EnterMultipleScope();
        var before = await _canaries.StateAsync();
        foreach (var method in new[] { "POST", "PUT", "PATCH", "DELETE" })
        {
            foreach (var path in Endpoints(method).SelectMany(e => Paths(e, ["canary-web", "canary-eu", "canary%2Fcanary-web", "canary%2Fcanary-eu", "canary", .. _canaries.Ids])).Distinct())
            {
                foreach (var query in new[] { "", "?project=canary" })
                {
                    foreach (var body in method == "DELETE" ? [""] : Bodies)
                    {
                        await AssertNoOracleAsync(method, path + query, body);
                    }
                }
            }
        }

        Assert.That(await _canaries.StateAsync(), Is.EqualTo(before));
    }

    [Test, Order(3)]
    public async Task Live_events_of_another_project_are_not_heard()
    {
        using var ends = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        using var stream = new StreamReader(await _red.GetStreamAsync("/api/v1/events", ends.Token));
        using var admin = _canaries.Orchestrator.Client(_canaries.Orchestrator.AdminKey);
        await stream.ReadLineAsync(ends.Token);
        await TwoProjects.SucceedAsync(admin.PostAsync("/api/v1/apply", ApiFixture.Yaml(TwoProjects.Check("canary", "canary-new", "canary-eu")), ends.Token));
        await TwoProjects.SucceedAsync(admin.DeleteAsync("/api/v1/checks/canary-new?project=canary", ends.Token));
        var hub = _canaries.Orchestrator.Get<EventHub>();
        hub.Publish(new LiveEvent("verdict", "canary/canary-web"));
        hub.Publish(new LiveEvent("agents", ""));
        hub.Publish(new LiveEvent("verdict", "red/web"));
        var heard = new StringBuilder();
        while (await stream.ReadLineAsync(ends.Token) is { } line)
        {
            heard.AppendLine(line);
            if (line.Contains("red/web", StringComparison.Ordinal))
            {
                break;
            }
        }

        Assert.That(heard.ToString(), Does.Not.Contain("canary").And.Not.Contain("event: catalog").And.Not.Contain("event: agents"));
    }

    private async Task AssertNoOracleAsync(string method, string path, string? body)
    {
        var real = await AnswerAsync(_red, method, path, body);
        var twin = await AnswerAsync(_red, method, _canaries.Twin(path), body is null ? null : _canaries.Twin(body));
        Assert.That(Made().Replace(_canaries.Twin(real), "…"), Is.EqualTo(Made().Replace(twin, "…")), $"{method} {path} {body}");
    }

    private static async Task<string> AnswerAsync(HttpClient client, string method, string path, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (body is not null)
        {
            request.Content = body.StartsWith('{') ? ApiFixture.Json(body) : ApiFixture.Yaml(body);
        }

        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (answer.Content.Headers.ContentType?.MediaType == "text/event-stream")
        {
            return "";
        }

        Assert.That((int)answer.StatusCode, Is.LessThan(500).And.Not.EqualTo(429), $"{method} {path} {body}");
        return $"{(int)answer.StatusCode}\n{Changing().Replace(await answer.Content.ReadAsStringAsync(), "…")}";
    }

    // What differs from one answer to the next whatever is asked: tokens of forms, times, ages, counters.
    [GeneratedRegex("""CfDJ8[\w-]+|\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|\+00:00)?|\d+ (ms|s|min|h)\b|"traceId":"[^"]*"|^probes_(?!agent|region|schedule).*$|https?://127.0.0.1:\d+""", RegexOptions.Multiline)]
    private static partial Regex Changing();

    // Of things of its own that it has just made.
    [GeneratedRegex("""(?<=^201\n.*"(id|key|token)":")[^"]*""", RegexOptions.Singleline)]
    private static partial Regex Made();

    private IEnumerable<RoutePattern> Endpoints(string method) => _canaries.Orchestrator.Get<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
        .Where(e => e.Metadata.GetMetadata<IHttpMethodMetadata>() is not { } methods || methods.HttpMethods.Contains(method))
        .Select(e => e.RoutePattern)
        .Where(p => !p.RawText!.Contains("probes.v1", StringComparison.Ordinal) && !p.RawText.Contains("_content", StringComparison.Ordinal) && !p.RawText.Contains("_framework", StringComparison.Ordinal)
            && !p.RawText.StartsWith("js/", StringComparison.Ordinal) && !p.RawText.Contains("log", StringComparison.Ordinal) && !p.RawText.Contains("{**", StringComparison.Ordinal)
            && !p.RawText.Contains("unimplemented", StringComparison.Ordinal) && !Path.HasExtension(p.RawText));

    /// <summary>The pattern with each of the values in the place of its parameters.</summary>
    private static IEnumerable<string> Paths(RoutePattern pattern, params string[] values) => values.Select(value => "/" + string.Join('/', pattern.PathSegments.Select(s =>
        string.Concat(s.Parts.Select(p => p is RoutePatternLiteralPart literal ? literal.Content : p is RoutePatternParameterPart ? value : "")))));
}
