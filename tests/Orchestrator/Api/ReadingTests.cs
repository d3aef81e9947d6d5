using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using Probes.Contracts.Results;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Api;

public sealed partial class ReadingTests
{
    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _api = null!;
    private DateTimeOffset _from;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _orchestrator = await ApiFixture.StartAsync();
        _api = _orchestrator.Client(_orchestrator.AdminKey);
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("shop"));
        await _orchestrator.EnrolAsync("local", "agent-1");
        await _orchestrator.Catalog.RefreshAsync(CancellationToken.None);

        // A hundred runs a minute for three minutes: 1 ms to 100 ms, every tenth failed.
        _from = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcTicks / TimeSpan.TicksPerHour * TimeSpan.TicksPerHour, TimeSpan.Zero).AddHours(-1);
        var (check, agent) = (_orchestrator.Catalog.Current.Checks["shop"].Id, _orchestrator.Catalog.Current.AgentsById.Values.Single().Id);
        var runs = Enumerable.Range(0, 300).Select(i => new ResolvedResult(i + 1, check, Run(i))).ToList();
        var store = _orchestrator.Get<IResultStore>();
        await store.StoreAsync([new ResolvedBatch(agent, 1, 1, runs.Count, runs, "1.0")], CancellationToken.None);
        await Poll.UntilAsync(async () => (await store.ReadRollupsAsync(check, _from, _from.AddHours(1), CancellationToken.None)).Sum(r => r.Rollup.Counts.Judged) == 300,
            TimeSpan.FromSeconds(30), "the results are rolled up");
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _api.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task The_heatmap_shows_what_was_stored()
    {
        var map = await GetAsync($"/api/v1/checks/shop/heatmap?metric=latency_p95&from={Time(_from)}&to={Time(_from.AddMinutes(5))}&step=60");
        Assert.That((Text(map, "check"), Text(map, "metric"), Text(map, "unit"), map.GetProperty("stepSeconds").GetInt32()), Is.EqualTo(("shop", "latency_p95", "ms", 60)));
        Assert.That(map.GetProperty("times").EnumerateArray().Select(t => t.GetDateTimeOffset()), Is.EqualTo(Enumerable.Range(0, 5).Select(i => _from.AddMinutes(i))));
        var row = map.GetProperty("regions").EnumerateArray().Single();
        Assert.That((Text(row, "region"), Text(row, "level")), Is.EqualTo(("local", "unknown")));
        Assert.That(row.GetProperty("values")[0].GetDouble(), Is.EqualTo(95).Within(1.5));
        Assert.That(row.GetProperty("values")[4].ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(row.GetProperty("runs").EnumerateArray().Select(r => r.GetInt32()), Is.EqualTo(new[] { 100, 100, 100, 0, 0 }));

        var availability = await GetAsync($"/api/v1/checks/shop/heatmap?metric=availability&from={Time(_from)}&to={Time(_from.AddMinutes(5))}&step=5m");
        Assert.That(availability.GetProperty("regions")[0].GetProperty("values")[0].GetDouble(), Is.EqualTo(0.9));
    }

    [Test]
    public async Task Regions_carry_verdict_counts_and_milliseconds()
    {
        var region = (await GetAsync($"/api/v1/checks/shop/regions?from={Time(_from)}&to={Time(_from.AddMinutes(5))}"))[0];
        Assert.That(region.GetProperty("latencyP50Ms").GetDouble(), Is.EqualTo(50).Within(2));
        Assert.That(region.GetProperty("phasesMs").GetProperty("connect").GetProperty("p50").GetDouble(), Is.EqualTo(25).Within(2));
        Assert.That((region.GetProperty("counts").GetProperty("passed").GetInt32(), region.GetProperty("counts").GetProperty("availability").GetDouble()), Is.EqualTo((270, 0.9)));
        Assert.That(Text(region.GetProperty("verdict"), "level"), Is.EqualTo("unknown"));
        Assert.That(Text(region.GetProperty("verdict"), "sentence"), Does.StartWith("local is unknown"));
    }

    [Test]
    public async Task The_overview_names_every_check() =>
        Assert.That((await GetAsync("/api/v1/overview")).EnumerateArray().Select(c => (Text(c, "check"), Text(c, "worst"))), Is.EqualTo(new[] { ("shop", "unknown") }));

    [Test]
    public async Task Pages_of_results_neither_repeat_nor_skip()
    {
        var due = new List<string>();
        string? cursor = null;
        do
        {
            var page = await GetAsync($"/api/v1/results?check=shop&region=local&limit=70{(cursor is null ? "" : "&cursor=" + cursor)}");
            due.AddRange(page.GetProperty("items").EnumerateArray().Select(r => Text(r, "dueAt")));
            cursor = page.GetProperty("nextCursor").GetString();
        }
        while (cursor is not null);
        Assert.That(due, Has.Count.EqualTo(300).And.Unique);
        Assert.That(due.Select(DateTimeOffset.Parse), Is.Ordered.Descending);
    }

    [Test]
    public async Task A_result_tells_what_happened()
    {
        var failed = (await GetAsync("/api/v1/results?check=shop&agent=agent-1&limit=1")).GetProperty("items")[0];
        Assert.That((Text(failed, "status"), Text(failed, "source"), Text(failed, "reason"), Text(failed, "agent"), Text(failed, "location")),
            Is.EqualTo(("failed", "target", "connect_refused", "agent-1", "local")));
    }

    [TestCase("/api/v1/checks/shop/heatmap?metric=colour", "metric", "latency_p95")]
    [TestCase("/api/v1/checks/shop/heatmap?from=yesterday", "from", "ISO 8601")]
    [TestCase("/api/v1/checks/shop/heatmap?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", "from", "before")]
    [TestCase("/api/v1/checks/shop/heatmap?step=90", "step", "whole minutes")]
    [TestCase("/api/v1/checks/shop/heatmap?step=1", "step", "1m")]
    [TestCase("/api/v1/checks/shop/heatmap?from=2026-01-01T00:00:00Z&to=2026-03-01T00:00:00Z&step=60", "step", "2000")]
    [TestCase("/api/v1/results?limit=0", "limit", "1 to 1000")]
    [TestCase("/api/v1/results?limit=10000", "limit", "1 to 1000")]
    [TestCase("/api/v1/results?cursor=x", "cursor", "nextCursor")]
    [TestCase("/api/v1/incidents?open=maybe", "open", "true or false")]
    [TestCase("/api/v1/dead-letters?limit=-1", "limit", "1 to 1000")]
    public async Task A_bad_value_is_named_with_what_is_allowed(string path, string field, string allowed)
    {
        var problem = await ApiFixture.ProblemAsync(await _api.GetAsync(path), 400);
        var error = problem.GetProperty("errors")[0];
        Assert.That(Text(error, "field"), Is.EqualTo(field));
        Assert.That(Text(error, "allowed"), Does.Contain(allowed));
    }

    [TestCase("/api/v1/checks/none/heatmap")]
    [TestCase("/api/v1/checks/none/regions")]
    [TestCase("/api/v1/results?check=none")]
    [TestCase("/api/v1/nothing")]
    public async Task What_is_not_there_is_a_problem_too(string path) => await ApiFixture.ProblemAsync(await _api.GetAsync(path), 404);

    [Test]
    public async Task Events_are_streamed_as_they_happen()
    {
        using var response = await _api.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        Assert.That(response.Content.Headers.ContentType?.MediaType, Is.EqualTo("text/event-stream"));
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.That(await reader.ReadLineAsync(), Is.EqualTo("event: ping"));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var hub = _orchestrator.Get<EventHub>();
        var publishing = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                hub.Publish(new LiveEvent("incident", "shop"));
                await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
            }
        });
        string? line;
        while ((line = await reader.ReadLineAsync(stop.Token)) is not "event: incident")
        {
            Assert.That(line, Is.Not.Null);
        }

        Assert.That(JsonElement.Parse((await reader.ReadLineAsync(stop.Token))!["data: ".Length..]).GetProperty("check").GetString(), Is.EqualTo("shop"));
        await stop.CancelAsync();
        await publishing;
    }

    [Test]
    public async Task Metrics_are_well_formed_and_account_for_every_result()
    {
        var text = await _api.GetStringAsync("/metrics");
        Assert.That(text.TrimEnd().Split('\n'), Is.All.Matches<string>(MetricsLine().IsMatch));
        Assert.That(text, Does.Contain("# TYPE probes_results_received_total counter").And.Contain("probes_agents{state=\"offline\"} 1"));
        var names = text.Split('\n').Where(l => l.StartsWith("# TYPE", StringComparison.Ordinal)).ToList();
        Assert.That(names, Is.Unique);
    }

    [Test]
    public async Task Strangers_learn_one_word_and_operators_the_reasons()
    {
        using var stranger = _orchestrator.Client(null);
        Assert.That((await stranger.GetStringAsync("/healthz")).Trim(), Is.EqualTo("alive"));
        Assert.That((await stranger.GetStringAsync("/readyz")).Trim(), Is.EqualTo("ready"));
        var ready = await GetAsync("/readyz");
        Assert.That(Text(ready, "status"), Is.EqualTo("ready"));
        Assert.That(ready.GetProperty("parts").EnumerateObject().Select(p => p.Name), Does.Contain("store"));
    }

    [Test]
    public async Task Metrics_may_be_opened_to_strangers()
    {
        using var stranger = _orchestrator.Client(null);
        Assert.That((await stranger.GetAsync("/metrics")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        await using var open = await RunningOrchestrator.StartAsync(("Metrics:Anonymous", "true"));
        using var scraper = open.Client(null);
        Assert.That((await scraper.GetAsync("/metrics")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That((await scraper.GetAsync("/api/v1/checks")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    private RunResult Run(int i)
    {
        var ms = (i % 100) + 1;
        var failed = i % 10 == 9;
        return new RunResult
        {
            Check = "shop",
            CheckRevision = 1,
            Due = _from.AddMinutes(i / 100).AddMilliseconds(i % 100 * 600),
            Duration = TimeSpan.FromMilliseconds(ms),
            Status = failed ? RunStatus.Failed : RunStatus.Passed,
            Source = failed ? FailureSource.Target : FailureSource.None,
            Reason = failed ? "connect_refused" : "",
            Phases = new PhaseTimes(TimeSpan.FromMilliseconds(1), TimeSpan.FromMilliseconds(ms / 2.0), null, null, null, null),
        };
    }

    private async Task<JsonElement> GetAsync(string path)
    {
        var response = await _api.GetAsync(path);
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.OK), await response.Content.ReadAsStringAsync());
        return await ApiFixture.ReadAsync(response);
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ");

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    [GeneratedRegex("""^(# (HELP|TYPE) [a-z0-9_]+ .+|[a-z][a-z0-9_]*(\{[a-z_]+="([^"\\\n]|\\["\\n])*"(,[a-z_]+="([^"\\\n]|\\["\\n])*")*\})? -?[0-9.E+-]+)$""")]
    private static partial Regex MetricsLine();
}
