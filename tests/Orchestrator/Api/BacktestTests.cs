using System.Net;
using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Detection.Backtest;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Api;

/// <summary>Backtests and why, of a whole orchestrator with an hour and a half of stored history, over its API and from its command line.</summary>
[NonParallelizable]
public sealed class BacktestTests
{
    private const string Rule = "apiVersion: probes/v1\nkind: DetectorRule\nmetadata: {name: tried}\nspec:\n";

    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _api = null!;
    private DateTimeOffset _start;

    [OneTimeSetUp]
    public async Task StartAsync()
    {
        _orchestrator = await RunningOrchestrator.StartAsync();
        _api = _orchestrator.Client(_orchestrator.AdminKey);
        await _orchestrator.EnrolAsync("local", "one");
        await _orchestrator.ApplyAsync(new Check { Name = "shop", Interval = TimeSpan.FromSeconds(10), Locations = ["local"], Probe = new TcpSpec { Host = "shop.example.com", Port = 443 } });
        var now = TimeProvider.System.GetUtcNow();
        _start = new DateTimeOffset(now.Year, now.Month, now.Day, now.Hour, now.Minute, 0, TimeSpan.Zero).AddMinutes(-90);
        var agent = _orchestrator.Catalog.Current.AgentsById.Values.Single().Id;
        Assert.That(_orchestrator.Catalog.Current.Checks["shop"].Id, Is.EqualTo(1));
        await StoredPast.WriteAsync(_orchestrator.Get<IResultStore>(), agent, minutes: 80, m => m is >= 40 and < 50 ? 150 : 40, _start);
    }

    [OneTimeTearDown]
    public async Task StopAsync()
    {
        _api.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task A_rule_is_replayed_beside_the_settings_in_force_and_says_how_far_it_is()
    {
        using var answer = await _api.PostAsync($"/api/v1/backtest?from={Iso(_start)}&check=shop", ApiFixture.Yaml(Rule + "  shiftMs: 500\n"));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.That((answer.StatusCode, answer.Content.Headers.ContentType?.MediaType), Is.EqualTo((HttpStatusCode.OK, "application/x-ndjson")), text);
        var steps = text.TrimEnd().Split('\n').Select(l => JsonElement.Parse(l)).ToList();
        Assert.That((steps[0].GetProperty("part").GetString(), steps[^1].GetProperty("part").GetString()), Is.EqualTo(("load", "done")));
        var report = steps[^1].GetProperty("report");
        var episode = report.GetProperty("current").GetProperty("episodes").EnumerateArray().Single();
        Assert.That((episode.GetProperty("level").GetString(), episode.GetProperty("is").GetString(), episode.GetProperty("since").GetDateTimeOffset()), Is.EqualTo(("degraded", "undecided", _start.AddMinutes(40))));
        Assert.That(report.GetProperty("proposed").GetProperty("episodes").GetArrayLength(), Is.Zero);
        Assert.That(report.GetProperty("proposed").GetProperty("settings").GetProperty("shiftMs").GetDouble(), Is.EqualTo(500));
        Assert.That((await ApiFixture.ReadAsync(await _api.GetAsync("/api/v1/backtest"))).GetProperty("running").GetBoolean(), Is.False);
    }

    [TestCase("from=2026-01-01T00:00:00Z", "", "from", "rollups by the minute are kept for 30 days")]
    [TestCase("", "", "from", "is missing")]
    [TestCase("from=yesterday", "", "from", "'yesterday' is not allowed")]
    [TestCase("from=2100-01-01T00:00:00Z&to=2100-01-02T00:00:00Z", "", "to", "in the future")]
    [TestCase("from=NOW&check=shpo", "", "check", "there is no check 'shpo', did you mean 'shop'?")]
    [TestCase("from=NOW&region=mars", "", "check", "no check runs in any region of those asked for")]
    [TestCase("from=NOW", "  superiority: 2\n", "spec.superiority", "body:5:16: spec.superiority: '2' is not allowed (allowed: a number from 0.5 to 1)")]
    public async Task What_may_not_be_run_is_named(string query, string spec, string field, string said)
    {
        using var answer = await _api.PostAsync($"/api/v1/backtest?{query.Replace("NOW", Iso(_start), StringComparison.Ordinal)}", ApiFixture.Yaml(spec.Length > 0 ? Rule + spec : ""));
        var problem = await ApiFixture.ProblemAsync(answer, 400);
        Assert.That((problem.GetProperty("field").GetString(), problem.GetProperty("detail").GetString()), Is.EqualTo((field, problem.GetProperty("detail").GetString())));
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(said));
    }

    [Test]
    public async Task A_viewer_may_ask_why_and_an_editor_may_replay()
    {
        using var viewer = _orchestrator.Client(await KeyAsync("looks", Role.Viewer));
        using var editor = _orchestrator.Client(await KeyAsync("works", Role.Editor));
        using var refused = await viewer.PostAsync($"/api/v1/backtest?from={Iso(_start)}", ApiFixture.Yaml(""));
        Assert.That(refused.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        using var let = await editor.PostAsync($"/api/v1/backtest?from={Iso(_start)}", ApiFixture.Yaml(""));
        Assert.That(let.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await let.Content.ReadAsStringAsync(), Does.Contain("\"part\":\"done\"").And.Contain("\"proposed\":null"));
        Assert.That((await viewer.GetAsync("/api/v1/checks/shop/why?region=local")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
    }

    [Test]
    public async Task One_runs_at_a_time_and_to_hang_up_breaks_it_off()
    {
        var gate = _orchestrator.Get<BacktestGate>();
        using (var first = await _api.SendAsync(new HttpRequestMessage(HttpMethod.Post, $"/api/v1/backtest?from={Iso(TimeProvider.System.GetUtcNow().AddDays(-29))}"), HttpCompletionOption.ResponseHeadersRead))
        {
            using var reader = new StreamReader(await first.Content.ReadAsStreamAsync());
            Assert.That(await reader.ReadLineAsync(), Does.StartWith("{\"part\":\"load\",\"done\":0,\"of\":"));
            Assert.That((await ApiFixture.ReadAsync(await _api.GetAsync("/api/v1/backtest"))).GetProperty("running").GetBoolean(), Is.True);
            await ApiFixture.ProblemAsync(await _api.PostAsync($"/api/v1/backtest?from={Iso(_start)}", ApiFixture.Yaml("")), 429);
        }

        await Poll.UntilAsync(() => Task.FromResult(gate.Progress is null), TimeSpan.FromSeconds(30), "it has ended");
        Assert.That(gate.TryBegin(), Is.True);
        gate.End();
    }

    [Test]
    public async Task Why_answers_for_any_minute_and_refuses_others_by_name()
    {
        var during = await ApiFixture.ReadAsync(await _api.GetAsync($"/api/v1/checks/shop/why?region=local&at={Iso(_start.AddMinutes(45))}"));
        Assert.That((during.GetProperty("level").GetString(), during.GetProperty("live").GetBoolean()), Is.EqualTo(("degraded", false)));
        Assert.That(during.GetProperty("summary").GetString(), Does.Contain("The median rose by 11"));
        Assert.That(during.GetProperty("conditions").EnumerateArray().Select(c => c.GetProperty("name").GetString()), Is.SupersetOf(new[] { "baseline", "superiority", "shift", "significance", "inARow", "maintenance" }));
        var nowhere = await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks/shop/why?region=mars"), 400);
        Assert.That(nowhere.GetProperty("detail").GetString(), Is.EqualTo("region: 'mars' is not allowed (allowed: one the check runs in: local)"));
        var old = await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks/shop/why?region=local&at=2020-01-01T00:00:00Z"), 400);
        Assert.That(old.GetProperty("field").GetString(), Is.EqualTo("at"));
        await ApiFixture.ProblemAsync(await _api.GetAsync("/api/v1/checks/none/why?region=local"), 404);
    }

    [Test]
    public async Task The_command_prints_both_sides_and_names_mistakes_by_file_and_line()
    {
        var file = Path.Combine(_orchestrator.Data, "rule.yaml");
        await File.WriteAllTextAsync(file, Rule + "  shiftMs: 500\n");
        var (code, output) = await RunAsync("backtest", "-f", file, "--from", Iso(_start), "--check", "shop");
        Assert.That(code, Is.Zero, output);
        Assert.That(output, Does.Match(@"(?m)^ +IN FORCE +PROPOSED$").And.Match(@"(?m)^episodes +1 +0$").And.Match(@"(?m)^shiftMs +20 +500$")
            .And.Match(@"(?m)^shop +local +degraded +\d\d-\d\d \d\d:\d\d +1\d min +undecided +\w+$").And.Contain("Flagged by the settings proposed: nothing."));
        Assert.That(output.Split('\n').Skip(2).Select(l => l.Length), Is.All.LessThanOrEqualTo(Table.Width));

        await File.WriteAllTextAsync(file, Rule + "  shiftsMs: 500\n");
        (code, output) = await RunAsync("backtest", "-f", file, "--from", Iso(_start));
        Assert.That((code, output), Is.EqualTo((2, output)));
        Assert.That(output, Does.StartWith($"{file}:5:3: spec.shiftsMs: unknown key 'shiftsMs', did you mean 'shiftMs'? (allowed: windowRuns, "));
        (code, output) = await RunAsync("backtest", "--from", Iso(_start), "--check", "none");
        Assert.That((code, output), Is.EqualTo((2, "A value is not allowed: check: there is no check 'none' (allowed: a check's name)")));
        (code, output) = await RunAsync("backtest", "--from", Iso(_start), "--json");
        Assert.That(JsonElement.Parse(output.Split('\n')[^1]).GetProperty("report").GetProperty("checkRegions").GetInt32(), Is.EqualTo(1));
    }

    private async Task<string> KeyAsync(string name, Role role) => (await _orchestrator.Get<ApiKeys>().CreateAsync(name, role, null, null, "test", CancellationToken.None)).Secret;

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] args)
    {
        var (output, errors, before) = (new StringWriter(), new StringWriter(), (Console.Out, Console.Error));
        await Gate.WaitAsync();
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            var code = await CommandLine.RunAsync([.. args, "--url", _orchestrator.Http.ToString(), "--key", _orchestrator.AdminKey], _ => throw new InvalidOperationException("nothing is to be started"));
            return (code, (output.ToString() + errors).ReplaceLineEndings("\n").Trim());
        }
        finally
        {
            Console.SetOut(before.Out);
            Console.SetError(before.Error);
            Gate.Release();
        }
    }

    private static readonly SemaphoreSlim Gate = new(1, 1);

    private static string Iso(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", System.Globalization.CultureInfo.InvariantCulture);
}
