using System.Text.Json;
using Probes.Orchestrator.Commands;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Commands;

public sealed class FleetCommandTests
{
    private RunningOrchestrator _orchestrator = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _orchestrator = await RunningOrchestrator.StartAsync();
        await _orchestrator.EnrolAsync("local", "eu-1");
    }

    [OneTimeTearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task An_agent_is_drained_disabled_renamed_and_deleted_from_the_command_line()
    {
        await _orchestrator.EnrolAsync("local", "worker");
        Assert.That(await RunAsync("agents", "drain", "worker"), Is.EqualTo((0, "drained worker in local, now never-seen")));
        Assert.That(await RunAsync("agents", "disable", "worker"), Is.EqualTo((0, "disabled worker in local, now disabled")));
        Assert.That(await RunAsync("agents", "enable", "worker"), Is.EqualTo((0, "enabled worker in local, now never-seen")));
        Assert.That((await RunAsync("agents", "rename", "worker", "dublin-1")).Output, Does.StartWith("renamed dublin-1"));
        var (code, refusal) = await RunAsync("agents", "move", "dublin-1", "nowhere");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(refusal, Does.Contain("location 'nowhere' is not defined").And.Contain("allowed: local"));
        var (unsaid, _) = await RunAsync("agents", "delete", "dublin-1");
        Assert.That(unsaid, Is.EqualTo(2), "nobody could be asked");
        Assert.That(await RunAsync("agents", "delete", "dublin-1", "--yes"), Is.EqualTo((0, "deleted dublin-1")));
        Assert.That((await RunAsync("agents", "drain", "dublin-1")).ExitCode, Is.EqualTo(2));
    }

    [Test]
    public async Task Lists_come_as_tables_and_as_JSON()
    {
        var (code, table) = await RunAsync("agents", "list");
        Assert.That(code, Is.Zero);
        Assert.That(table.Split('\n')[0], Does.Match("^NAME +LOCATION +STATE +VERSION +CHECKS +LOAD +SPOOLED +VIA$"));
        Assert.That(table.Split('\n').Select(l => l.Length), Is.All.LessThanOrEqualTo(Table.Width));
        var agents = JsonElement.Parse((await RunAsync("agents", "list", "--json")).Output);
        Assert.That(agents.EnumerateArray().Select(a => a.GetProperty("name").GetString()), Does.Contain("eu-1"));
        Assert.That((await RunAsync("agents", "list", "--state", "online")).Output, Is.EqualTo("no agents"));
        Assert.That((await RunAsync("locations", "list")).Output, Does.Match(@"(?m)^local +local +\w+ +0/\d+ +0$"));
        var locations = JsonElement.Parse((await RunAsync("locations", "list", "--json")).Output);
        Assert.That(locations[0].GetProperty("name").GetString(), Is.EqualTo("local"));
        Assert.That((await RunAsync("locations", "delete", "local", "--yes")).Output, Does.Contain("agent/eu-1"), "what is in the way");
    }

    [Test]
    public async Task A_token_is_created_listed_with_who_used_it_and_revoked()
    {
        var made = JsonElement.Parse((await RunAsync("token", "create", "--location", "local", "--from", "127.0.0.1", "--json")).Output);
        var id = made.GetProperty("id").GetString()!;
        Assert.That(made.GetProperty("token").GetString(), Does.StartWith("prb_"));
        var (code, wrong) = await RunAsync("token", "create", "--location", "local", "--from", "everyone");
        Assert.That((code, wrong), Is.EqualTo((2, "A value is not allowed: sourceCidrs: 'everyone' is not allowed (allowed: addresses or CIDRs such as 203.0.113.0/24 or 2001:db8::/48, at most 32)")));
        var (_, table) = await RunAsync("token", "list");
        Assert.That(table, Does.Contain("used up").And.Contain("eu-1"));
        Assert.That(table, Does.Not.Contain(made.GetProperty("token").GetString()!), "the secret is shown once");
        Assert.That((await RunAsync("token", "revoke", id)).ExitCode, Is.Zero);
        Assert.That((await RunAsync("token", "revoke", id)).ExitCode, Is.EqualTo(2));
        var listed = JsonElement.Parse((await RunAsync("token", "list", "--json")).Output).EnumerateArray().Single(t => t.GetProperty("id").GetString() == id);
        Assert.That(listed.GetProperty("state").GetString(), Is.EqualTo("revoked"));
    }

    [Test]
    public async Task Help_has_an_example()
    {
        foreach (var verb in new[] { "list", "drain", "undrain", "disable", "enable", "rename", "move", "delete" })
        {
            Assert.That((await RunAsync("agents", verb, "--help")).Output, Does.Contain("Example: orchestrator agents " + verb));
        }
    }

    [Test]
    public void Long_cells_are_cut_to_80_columns_but_never_the_name_and_control_characters_are_gone()
    {
        var lines = Table.Lines(["NAME", "LOCATION", "NOTE"], [[new string('a', 40), "eu-west", "\u001b[2J" + new string('x', 60)]]).ToList();
        Assert.That(lines.Select(l => l.Length), Is.All.LessThanOrEqualTo(Table.Width));
        Assert.That(lines[1], Does.StartWith(new string('a', 40)).And.EndsWith("…").And.Not.Contain("\u001b"));
    }

    private async Task<(int ExitCode, string Output)> RunAsync(params string[] arguments)
    {
        var help = arguments.Contains("--help");
        string[] where = help ? [] : ["--url", _orchestrator.Http.ToString(), "--key", _orchestrator.AdminKey];
        var (output, errors, before) = (new StringWriter(), new StringWriter(), (Console.Out, Console.Error, Console.In));
        await Gate.WaitAsync();
        Console.SetOut(output);
        Console.SetError(errors);
        try
        {
            var code = await CommandLine.RunAsync([.. arguments, .. where], _ => throw new InvalidOperationException("nothing is to be started"));
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
}
