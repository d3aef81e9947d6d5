using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Ingest;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Ingest;

/// <summary>What could not be taken, listed, replayed and thrown away, as people do it.</summary>
[NonParallelizable]
public sealed class DeadLetterTests
{
    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _admin = null!;
    private string _agent = "";
    private long _sequence = 1;

    [OneTimeSetUp]
    public async Task Start()
    {
        _orchestrator = await RunningOrchestrator.StartAsync();
        await _orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("shop"));
        (_agent, _) = await _orchestrator.EnrolAsync("local", "eu-1");
        _admin = _orchestrator.Client(_orchestrator.AdminKey);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _admin.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [TearDown]
    public async Task Empty() => await RunAsync("discard", "--all", "--yes");

    [Test]
    public async Task What_was_refused_for_a_reason_that_is_gone_is_taken_once_by_a_replay()
    {
        var batch = Batch(300);
        await _orchestrator.ChangeAsync(_agent, new AgentChange(Disabled: true));
        await TakeAsync(batch);
        await _orchestrator.ChangeAsync(_agent, new AgentChange(Disabled: false));
        var letter = (await ListAsync()).Single();
        Assert.That((letter.GetProperty("agent").GetString(), letter.GetProperty("size").GetInt32(), letter.GetProperty("whole").GetBoolean()), Is.EqualTo(("eu-1", batch.Length, true)));
        Assert.That(letter.GetProperty("reason").GetString(), Does.StartWith("agent_disabled"));
        var whole = JsonElement.Parse(await _admin.GetStringAsync($"/api/v1/dead-letters/{Id(letter)}"));
        Assert.That(whole.GetProperty("body").GetBytesFromBase64(), Is.EqualTo(batch));

        var (code, said) = await RunAsync("replay", Id(letter));
        Assert.That((code, said), Is.EqualTo((0, $"taken {Id(letter)}")));
        Assert.That(await ListAsync(), Is.Empty);
        Assert.That(await StoredAsync(), Is.EqualTo(300));
        Assert.That((await RunAsync("replay", Id(letter))).ExitCode, Is.EqualTo(2), "it is gone");

        // The agent sends it again by itself: counted once all the same.
        await TakeAsync(batch);
        Assert.That(await StoredAsync(), Is.EqualTo(300));
        Assert.That(await _admin.GetStringAsync("/api/v1/audit"), Does.Contain("dead-letter.replay"));
    }

    [Test]
    public async Task What_is_no_batch_is_refused_again_and_kept_until_it_is_thrown_away()
    {
        await TakeAsync([0xff, 0xff, 0xff]);
        var first = Id((await ListAsync()).Single());
        var (code, said) = await RunAsync("replay", "--all");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(said, Does.StartWith($"refused again {first}: malformed"));
        var (_, table) = await RunAsync("list");
        Assert.That(table.Split('\n')[0], Does.Match("^ID +AT +FROM +BYTES +REASON$"));
        Assert.That(table.Split('\n'), Has.Length.EqualTo(2));
        var second = Id((await ListAsync()).Single());
        Assert.That(await RunAsync("discard", second), Is.EqualTo((2, "nothing was changed: nobody can be asked here; give --yes")));
        Assert.That(await RunAsync("discard", second, "--yes"), Is.EqualTo((0, $"discarded {second}")));
        Assert.That((await RunAsync("list")).Output, Is.EqualTo("no dead letters"));
        Assert.That((await _admin.DeleteAsync($"/api/v1/dead-letters/{second}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await RunAsync("replay")).Output, Is.EqualTo("which? (allowed: one ID or more, or --all)"));
    }

    [Test]
    public async Task Keys_of_one_project_and_viewers_change_nothing()
    {
        await TakeAsync([0xff]);
        var id = Id((await ListAsync()).Single());
        foreach (var (role, project, allowed) in new[] { ("editor", "default", HttpStatusCode.NotFound), ("viewer", "", HttpStatusCode.Forbidden) })
        {
            using var client = _orchestrator.Client(await KeyAsync(role, project));
            Assert.That((await client.PostAsync($"/api/v1/dead-letters/{id}/replay", null)).StatusCode, Is.EqualTo(allowed), role);
            Assert.That((await client.DeleteAsync($"/api/v1/dead-letters/{id}")).StatusCode, Is.EqualTo(allowed), role);
        }

        Assert.That(Id((await ListAsync()).Single()), Is.EqualTo(id));
    }

    private static string Id(JsonElement letter) => letter.GetProperty("id").GetRawText();

    private byte[] Batch(int count)
    {
        var first = _sequence;
        _sequence += count;
        return Batches.Bytes(count, first, _agent, now: TimeProvider.System.GetUtcNow().AddMinutes(-1));
    }

    private Task TakeAsync(byte[] body) => _orchestrator.Get<BatchIntake>().TakeAsync([new RawBatch { Body = body, UserId = _agent }], default);

    private async Task<int> StoredAsync() => (await _orchestrator.Get<IResultStore>().ReadResultsAsync(new ResultQuery { Limit = 1000 }, default)).Items.Count;

    private async Task<List<JsonElement>> ListAsync() => [.. JsonElement.Parse(await _admin.GetStringAsync("/api/v1/dead-letters")).EnumerateArray()];

    private async Task<string> KeyAsync(string role, string project)
    {
        var made = await _admin.PostAsJsonAsync("/api/v1/keys", project.Length > 0 ? new { name = role, role, project } : (object)new { name = role, role });
        return JsonElement.Parse(await made.Content.ReadAsStringAsync()).GetProperty("key").GetString()!;
    }

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var (output, errors, before) = (new StringWriter(), new StringWriter(), (Console.Out, Console.Error));
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            var code = await CommandLine.RunAsync(["dead-letters", .. arguments, "--url", _orchestrator.Http.ToString(), "--key", _orchestrator.AdminKey], _ => throw new InvalidOperationException("nothing is to be started"));
            return (code, (output.ToString() + errors).ReplaceLineEndings("\n").Trim());
        }
        finally
        {
            Console.SetOut(before.Out);
            Console.SetError(before.Error);
        }
    }
}
