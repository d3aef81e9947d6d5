using System.CommandLine;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator key create --name NAME</c>: API keys for scripts.</summary>
internal static class KeyCommand
{
    private static readonly Option<string> Name = new("--name") { Description = "What it is for, 1 to 63 characters", HelpName = "NAME", Required = true };

    internal static Command Create()
    {
        var create = new Command("create", "Create an API key and print it; it is not shown again.") { Name };
        create.SetAction((parsed, ct) => OrchestratorClient.SendAsync(
            parsed, HttpMethod.Post, "/api/v1/keys", JsonContent.Create(new { name = parsed.GetValue(Name) }), made =>
            {
                Console.Out.WriteLine(OrchestratorClient.Text(made, "key"));
                return 0;
            }, null, ct));
        var command = new Command("key", "API keys for people and scripts.") { create };
        OrchestratorClient.AddOptions(command);
        return command;
    }
}
