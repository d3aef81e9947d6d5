using System.CommandLine;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator project create|list|delete</c>: namespaces for teams.</summary>
internal static class ProjectCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "1 to 63 of a-z, 0-9 and '-'" };
    private static readonly Option<string> Description = new("--description") { Description = "For people", HelpName = "TEXT", DefaultValueFactory = _ => "" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON" };

    private static readonly string[] Columns = ["name", "checks", "locations", "agents", "description"];

    internal static Command Create()
    {
        var create = new Command("create", "Create a project, or change its description.") { Name, Description, Json };
        create.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Put, Path(parsed),
            JsonContent.Create(new { description = parsed.GetValue(Description) }), made => Show(parsed, made), null, ct));
        var list = new Command("list", "List projects.") { Json };
        list.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Get, "/api/v1/projects", null, all => Show(parsed, all), null, ct));
        var delete = new Command("delete", "Delete a project that has nothing in it.") { Name };
        delete.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Delete, Path(parsed), null, _ => 0, null, ct));
        var command = new Command("project", "Projects: namespaces that separate teams' checks, locations and keys.") { create, list, delete };
        OrchestratorClient.AddOptions(command);
        return command;
    }

    private static string Path(ParseResult parsed) => $"/api/v1/projects/{Uri.EscapeDataString(parsed.GetValue(Name)!)}";

    private static int Show(ParseResult parsed, JsonElement answer)
    {
        if (parsed.GetValue(Json))
        {
            Console.Out.WriteLine(answer.GetRawText());
            return 0;
        }

        foreach (var project in answer.ValueKind == JsonValueKind.Array ? answer.EnumerateArray().ToList() : [answer])
        {
            Console.Out.WriteLine(string.Join("  ", Columns.Select(p => OrchestratorClient.Text(project, p))).TrimEnd());
        }

        return 0;
    }
}
