using System.Diagnostics;
using Microsoft.Extensions.Configuration;
using Probes.Orchestrator.Dashboard;

namespace Probes.Tests.Dashboard;

public sealed class AgentCommandsTests
{
    [TestCase("http://*:5081", "", "http://probes.example.com:5081/")]
    [TestCase("https://0.0.0.0:5081", "", "https://probes.example.com:5081/")]
    [TestCase("https://[::]:5081", "", "https://probes.example.com:5081/")]
    [TestCase("http://localhost:5081", "", "http://localhost:5081/")]
    [TestCase("http://*:5081", "https://agents.example.com:443", "https://agents.example.com/")]
    public void Agents_are_sent_where_they_can_reach_the_orchestrator(string listens, string told, string address)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { ["Grpc:Url"] = listens, ["Enrolment:PublicUrl"] = told }).Build();
        Assert.That(AgentCommands.Address(configuration, "probes.example.com").ToString(), Is.EqualTo(address));
    }

    [TestCase("plain-1.2:3/4")]
    [TestCase("it's; $(touch /tmp/x) `id` \"q\" \\ *")]
    [TestCase("")]
    public async Task A_value_is_one_word_of_the_shell_whatever_it_holds(string value)
    {
        using var shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "printf %s " + AgentCommands.Quote(value)]) { RedirectStandardOutput = true })!;
        Assert.That(await shell.StandardOutput.ReadToEndAsync(), Is.EqualTo(value));
        await shell.WaitForExitAsync();
    }

    [Test]
    public void Plain_text_to_another_machine_is_said_outright_in_every_command()
    {
        foreach (var command in AgentCommands.All(new Uri("http://probes.example.com:5081"), "prb_x", "eu-west", "0.2.0"))
        {
            Assert.That(command.Text, Does.Contain("llow").And.Contain("laintext"), command.Key);
        }

        foreach (var command in AgentCommands.All(new Uri("https://probes.example.com:5081"), "prb_x", "eu-west", "0.2.0"))
        {
            Assert.That(command.Text, Does.Not.Contain("laintext"), command.Key);
        }
    }
}
