using System.CommandLine;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator locations list|delete</c>; they are made with <c>orchestrator apply</c>.</summary>
internal static class LocationsCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Of the location, as list shows it" };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the answer as JSON", Recursive = true };

    private static readonly string[] Headings = ["NAME", "REGION", "TYPE", "ONLINE", "SHED"];

    internal static Command Create()
    {
        var list = new Command("list", "List locations: agents online of all, and checks that none of them has room for.\nExample: orchestrator locations list --json");
        list.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Get, "/api/v1/locations", null,
            all => Table.Print(parsed.GetValue(Json), all, () => Show(all)), null, ct));
        var delete = new Command("delete", "Delete a location that no check and no agent uses; its tokens end.\nExample: orchestrator locations delete eu-west --yes") { Name, Yes };
        delete.SetAction(DeleteAsync);
        var command = new Command("locations", "Where checks run from. They are defined with: orchestrator apply -f PATH.\nExit codes: 0 done, 1 not reached, 2 refused.") { list, delete };
        command.Add(Json);
        OrchestratorClient.AddOptions(command);
        return command;
    }

    private static async Task<int> DeleteAsync(ParseResult parsed, CancellationToken ct)
    {
        var name = parsed.GetValue(Name)!;
        if (!Confirm.Ask($"Delete location {Table.Plain(name)}? [y/N] ", parsed.GetValue(Yes)))
        {
            return OrchestratorClient.Refused;
        }

        return await OrchestratorClient.SendAsync(parsed, HttpMethod.Delete, $"/api/v1/locations/{Uri.EscapeDataString(name)}", null,
            _ => Table.Print(parsed.GetValue(Json), JsonSerializer.SerializeToElement(new { deleted = name }), () => Console.Out.WriteLine($"deleted {name}")), null, ct);
    }

    private static void Show(JsonElement all)
    {
        var rows = all.EnumerateArray().Select(l => new[]
        {
            OrchestratorClient.Text(l, "project") is { Length: > 0 } project and not "default" ? $"{project}/{OrchestratorClient.Text(l, "name")}" : OrchestratorClient.Text(l, "name"),
            OrchestratorClient.Text(l, "region"), OrchestratorClient.Text(l, "type"),
            $"{OrchestratorClient.Text(l, "agentsOnline")}/{OrchestratorClient.Text(l, "agents")}", OrchestratorClient.Text(l, "shed"),
        }).ToList();
        foreach (var line in rows.Count == 0 ? ["no locations"] : Table.Lines(Headings, rows))
        {
            Console.Out.WriteLine(line);
        }
    }
}
