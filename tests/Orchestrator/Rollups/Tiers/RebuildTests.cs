using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Rollups.Tiers;

/// <summary>Rebuilding as administrators do it, at a running orchestrator.</summary>
[NonParallelizable]
internal sealed class RebuildTests
{
    private RunningOrchestrator _orchestrator = null!;
    private DateTimeOffset _at;
    private int _check;

    [OneTimeSetUp]
    public async Task Start()
    {
        _orchestrator = await RunningOrchestrator.StartAsync();
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("shop"));
        _check = _orchestrator.Catalog.Current.Checks["shop"].Id;
        _at = TimeProvider.System.GetUtcNow().AddHours(-30);
        var store = _orchestrator.Get<IResultStore>();
        await store.StoreAsync([Batches.Of(1, 1, 300, _at, _check)], default);
        await Poll.UntilAsync(async () => await RunsAsync() == 300, TimeSpan.FromSeconds(30), "they are rolled up");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task What_is_lost_from_the_rollups_is_made_again_from_the_command_line_and_told_in_the_audit_log()
    {
        await DamageAsync();
        var (code, output) = await RunAsync("--from", _at.AddMinutes(-5).ToString("O"), "--check", "shop");
        Assert.That(output, Does.Match(@"^done: [56] rollups of 18\d\d minutes, and their hours and days$"));
        Assert.That(code, Is.Zero);
        Assert.That(await RunsAsync(), Is.EqualTo(300));
        using var admin = _orchestrator.Client(_orchestrator.AdminKey);
        Assert.That(await admin.GetStringAsync("/api/v1/audit"), Does.Contain("rollups.rebuild"));

        await DamageAsync();
        (_, output) = await RunAsync("--from", _at.AddMinutes(-5).ToString("O"), "--to", _at.AddHours(1).ToString("O"), "--json");
        var steps = output.Split('\n').Select(l => JsonElement.Parse(l).GetProperty("part").GetString()).ToList();
        Assert.That(steps, Has.Count.GreaterThan(3));
        Assert.That((steps[0], steps[^1]), Is.EqualTo(("minutes", "done")));
        Assert.That(await RunsAsync(), Is.EqualTo(300));
    }

    [TestCase("", "from: ", "a time before to")]
    [TestCase("?from=yesterday&to=2026-01-01", "from: 'yesterday'", "ISO 8601")]
    [TestCase("?from=2026-01-02&to=2026-01-01", "from: '2026-01-02", "a time before to")]
    [TestCase("?from=2026-01-02&to=9000-01-01", "to: '9000-01-01", "up to now")]
    [TestCase("?from=2026-01-01&to=2026-01-02&check=none", "there is no check 'none'", "")]
    public async Task A_mistake_is_named_and_changes_nothing(string query, string message, string allowed)
    {
        using var admin = _orchestrator.Client(_orchestrator.AdminKey);
        using var reply = await admin.PostAsync("/api/v1/rollups/rebuild" + query, null);
        Assert.That((int)reply.StatusCode, Is.AnyOf(400, 404));
        Assert.That(JsonElement.Parse(await reply.Content.ReadAsStringAsync()).GetProperty("detail").GetString(), Does.StartWith(message).And.Contain(allowed));
    }

    [Test]
    public async Task Only_administrators_may()
    {
        using var admin = _orchestrator.Client(_orchestrator.AdminKey);
        var made = await (await admin.PostAsJsonAsync("/api/v1/keys", new { name = "e", role = "editor" })).Content.ReadFromJsonAsync<JsonElement>();
        using var editor = _orchestrator.Client(made.GetProperty("key").GetString());
        Assert.That((await editor.PostAsync("/api/v1/rollups/rebuild?from=2026-01-01&to=2026-01-02", null)).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private async Task DamageAsync()
    {
        await using var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        Assert.That(await db.Database.ExecuteSqlRawAsync("DELETE FROM rollups"), Is.GreaterThan(4));
        Assert.That(await RunsAsync(), Is.Zero);
    }

    private async Task<long> RunsAsync() => (await _orchestrator.Get<IResultStore>().ReadRollupsAsync(_check, _at.AddMinutes(-2), _at.AddHours(1), default)).Sum(r => r.Rollup.Counts.Told);

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var (output, errors, before) = (new StringWriter(), new StringWriter(), (Console.Out, Console.Error));
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            var code = await CommandLine.RunAsync(["rebuild-rollups", .. arguments, "--url", _orchestrator.Http.ToString(), "--key", _orchestrator.AdminKey], _ => throw new InvalidOperationException("nothing is to be started"));
            return (code, (output.ToString() + errors).ReplaceLineEndings("\n").Trim());
        }
        finally
        {
            Console.SetOut(before.Out);
            Console.SetError(before.Error);
        }
    }
}
