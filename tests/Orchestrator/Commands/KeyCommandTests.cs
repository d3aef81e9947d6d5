using System.Text.Json;
using Probes.Orchestrator.Access;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Commands;

public sealed class KeyCommandTests
{
    [Test]
    public async Task Keys_are_made_listed_and_revoked_from_the_command_line()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        var made = JsonElement.Parse(await RunAsync(orchestrator, 0, "create", "--name", "ci", "--role", "editor", "--expires", "2h", "--project", "default", "--json"));
        Assert.That(made.GetProperty("role").GetString(), Is.EqualTo("editor"));
        Assert.That(made.GetProperty("project").GetString(), Is.EqualTo("default"));
        Assert.That(orchestrator.Get<ApiKeys>().Check(made.GetProperty("key").GetString())?.Role, Is.EqualTo(Role.Editor));
        var id = made.GetProperty("id").GetString()!;
        Assert.That(await RunAsync(orchestrator, 0, "list"), Does.Contain($"{id}  ci  editor  default  live"));
        Assert.That(await RunAsync(orchestrator, 0, "list", "--json"), Does.Contain(id).And.Not.Contain("prk_"));
        await RunAsync(orchestrator, 0, "revoke", id);
        Assert.That(orchestrator.Get<ApiKeys>().Check(made.GetProperty("key").GetString()), Is.Null);
        Assert.That(await RunAsync(orchestrator, 2, "revoke", id), Does.Contain("there is no live key"));
    }

    [TestCase("--expires: 'soon' is not a time", "create", "--name", "x", "--expires", "soon")]
    [TestCase("--role: 'root' is no role", "create", "--name", "x", "--role", "root")]
    [TestCase("there is no project 'nowhere'", "create", "--name", "x", "--project", "nowhere")]
    public async Task What_is_not_allowed_is_said(string said, params string[] arguments)
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        Assert.That(await RunAsync(orchestrator, 2, arguments), Does.Contain(said));
    }

    private static async Task<string> RunAsync(RunningOrchestrator orchestrator, int code, params string[] arguments)
    {
        var (exit, output) = await ProductProcess.RunAsync(
            "orchestrator", orchestrator.Data, ["key", .. arguments, "--url", orchestrator.Http.ToString(), "--key", orchestrator.AdminKey]);
        Assert.That(exit, Is.EqualTo(code), output);
        return output.Trim();
    }
}
