using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator agents list|drain|undrain|disable|enable|rename|move|delete</c>.</summary>
internal static class AgentsCommand
{
    private static readonly Argument<string> Agent = new("AGENT") { Description = "Its name or id, as list shows it" };
    private static readonly Argument<string> NewName = new("NAME") { Description = "1 to 63 lower case letters, digits and '-'" };
    private static readonly Argument<string> NewLocation = new("LOCATION") { Description = "A defined location of the same project" };
    private static readonly Option<bool> Yes = new("--yes", "-y") { Description = "Do not ask" };
    private static readonly Option<string?> Location = new("--location") { Description = "Only those of this location", HelpName = "NAME" };
    private static readonly Option<string?> State = new("--state") { Description = "Only those that are so, such as offline or unfit", HelpName = "STATE" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the answer as JSON", Recursive = true };

    private static readonly string[] Headings = ["NAME", "LOCATION", "STATE", "VERSION", "CHECKS", "LOAD", "SPOOLED", "VIA"];

    internal static Command Create()
    {
        var list = new Command("list", "List agents.\nExample: orchestrator agents list --state offline") { Location, State };
        list.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Get, "/api/v1/agents", null, all => List(parsed, all), null, ct));
        var rename = new Command("rename", "Give an agent another name.\nExample: orchestrator agents rename eu-1 dublin-1") { Agent, NewName };
        rename.SetAction((parsed, ct) => ChangeAsync(parsed, new { name = parsed.GetValue(NewName) }, "renamed", ct));
        var move = new Command("move", "Make an agent run another location's checks.\nExample: orchestrator agents move eu-1 eu-central") { Agent, NewLocation };
        move.SetAction((parsed, ct) => ChangeAsync(parsed, new { location = parsed.GetValue(NewLocation) }, "moved", ct));
        var delete = new Command("delete", "Delete an agent: its identity is dead, its history stays.\nExample: orchestrator agents delete eu-1 --yes") { Agent, Yes };
        delete.SetAction(DeleteAsync);
        var command = new Command("agents", "Who runs the checks: list, drain, disable, rename, move, delete.\nExit codes: 0 done, 1 not reached, 2 refused.")
        {
            list,
            Switch("drain", "Give an agent no checks, for maintenance; others of its location take them.", new { drained = true }, "drained"),
            Switch("undrain", "Give a drained agent checks again.", new { drained = false }, "undrained"),
            Switch("disable", "Shut an agent out at once: its session and its broker connection end.", new { disabled = true }, "disabled"),
            Switch("enable", "Let a disabled agent in again.", new { disabled = false }, "enabled"),
            rename,
            move,
            delete,
        };
        command.Add(Json);
        OrchestratorClient.AddOptions(command);
        return command;
    }

    private static Command Switch(string verb, string what, object change, string done)
    {
        var command = new Command(verb, $"{what}\nExample: orchestrator agents {verb} eu-1") { Agent };
        command.SetAction((parsed, ct) => ChangeAsync(parsed, change, done, ct));
        return command;
    }

    private static Task<int> ChangeAsync(ParseResult parsed, object change, string done, CancellationToken ct) =>
        OrchestratorClient.SendAsync(parsed, HttpMethod.Patch, Path(parsed), JsonContent.Create(change),
            changed => Table.Print(parsed.GetValue(Json), changed, () => Console.Out.WriteLine(
                $"{done} {OrchestratorClient.Text(changed, "name")} in {OrchestratorClient.Text(changed, "location")}, now {OrchestratorClient.Text(changed, "state")}")), null, ct);

    private static async Task<int> DeleteAsync(ParseResult parsed, CancellationToken ct)
    {
        var agent = parsed.GetValue(Agent)!;
        if (!Confirm.Ask($"Delete agent {Table.Plain(agent)}? It must enrol again to come back. [y/N] ", parsed.GetValue(Yes)))
        {
            return OrchestratorClient.Refused;
        }

        return await OrchestratorClient.SendAsync(parsed, HttpMethod.Delete, Path(parsed), null,
            _ => Table.Print(parsed.GetValue(Json), JsonSerializer.SerializeToElement(new { deleted = agent }), () => Console.Out.WriteLine($"deleted {agent}")), null, ct);
    }

    private static string Path(ParseResult parsed) => $"/api/v1/agents/{Uri.EscapeDataString(parsed.GetValue(Agent)!)}";

    private static int List(ParseResult parsed, JsonElement all)
    {
        var (location, state) = (parsed.GetValue(Location), parsed.GetValue(State));
        var chosen = all.EnumerateArray()
            .Where(a => location is null || OrchestratorClient.Text(a, "location") == location)
            .Where(a => state is null || a.GetProperty("states").EnumerateArray().Any(s => s.GetString() == state)).ToList();
        return Table.Print(parsed.GetValue(Json), JsonSerializer.SerializeToElement(chosen), () =>
        {
            foreach (var line in chosen.Count == 0 ? ["no agents"] : Table.Lines(Headings, [.. chosen.Select(Row)]))
            {
                Console.Out.WriteLine(line);
            }
        });
    }

    private static string[] Row(JsonElement a) =>
    [
        OrchestratorClient.Text(a, "name"), OrchestratorClient.Text(a, "location"), OrchestratorClient.Text(a, "state"), OrchestratorClient.Text(a, "version"),
        OrchestratorClient.Text(a, "runningChecks"),
        a.GetProperty("capacity").GetDouble() is > 0 and var most ? $"{Number(a.GetProperty("load"))}/{most.ToString("0.#", CultureInfo.InvariantCulture)}" : Number(a.GetProperty("load")),
        OrchestratorClient.Text(a, "spoolDepth"), OrchestratorClient.Text(a, "transport"),
    ];

    private static string Number(JsonElement value) => value.GetDouble().ToString("0.#", CultureInfo.InvariantCulture);
}
