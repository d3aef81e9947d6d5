using System.CommandLine;
using System.Text.Json;
using Probes.Orchestrator.Access;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator key create|list|revoke</c>: API keys for people and scripts.</summary>
internal static class KeyCommand
{
    private static readonly Option<string> Name = new("--name") { Description = "What it is for, 1 to 63 characters", HelpName = "NAME", Required = true };
    private static readonly Option<string> Role = new("--role") { Description = "viewer, editor or admin", HelpName = "ROLE", DefaultValueFactory = _ => "viewer" };
    private static readonly Option<string> Expires = new("--expires") { Description = "How long it is good for, such as 12h or 90d, or never", HelpName = "TIME", DefaultValueFactory = _ => "90d" };
    private static readonly Option<string?> Project = new("--project") { Description = "The one project it reaches (default: all)", HelpName = "NAME" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print the answer as JSON", Recursive = true };
    private static readonly Argument<string> Id = new("ID") { Description = "The key's id, as list shows it" };

    private static readonly string[] Columns = ["id", "name", "role", "project", "state", "expiresAt", "lastUsedAt"];

    internal static Command Create()
    {
        var create = new Command("create", "Create an API key and print it; it is not shown again.") { Name, Role, Expires, Project };
        create.SetAction(CreateAsync);
        var list = new Command("list", "List API keys, without their secrets.");
        list.SetAction((parsed, ct) => OrchestratorClient.SendAsync(
            parsed, HttpMethod.Get, "/api/v1/keys", null, keys => Print(parsed, keys, () => Show(keys)), null, ct));
        var revoke = new Command("revoke", "Revoke an API key; sessions begun with it end too.") { Id };
        revoke.SetAction((parsed, ct) => OrchestratorClient.SendAsync(
            parsed, HttpMethod.Delete, $"/api/v1/keys/{Uri.EscapeDataString(parsed.GetValue(Id)!)}", null,
            _ => Print(parsed, JsonSerializer.SerializeToElement(new { revoked = parsed.GetValue(Id) }), () => { }), null, ct));
        var command = new Command("key", "API keys for people and scripts.") { create, list, revoke };
        command.Add(Json);
        OrchestratorClient.AddOptions(command);
        return command;
    }

    private static async Task<int> CreateAsync(ParseResult parsed, CancellationToken ct)
    {
        var text = parsed.GetValue(Expires)!;
        var lifetime = text == "never" ? TimeSpan.Zero : Duration.Parse(text);
        if (lifetime is null)
        {
            await Console.Error.WriteLineAsync($"--expires: '{text}' is not a time (allowed: a number and s, m, h or d, such as 90d, or never)");
            return OrchestratorClient.Refused;
        }

        var role = parsed.GetValue(Role);
        if (Roles.Parse(role) is null)
        {
            await Console.Error.WriteLineAsync($"--role: '{role}' is no role (allowed: {Roles.Allowed})");
            return OrchestratorClient.Refused;
        }

        var body = JsonContent.Create(new { name = parsed.GetValue(Name), role, project = parsed.GetValue(Project), expiresInSeconds = (long)lifetime.Value.TotalSeconds });
        return await OrchestratorClient.SendAsync(parsed, HttpMethod.Post, "/api/v1/keys", body,
            made => Print(parsed, made, () => Console.Out.WriteLine(OrchestratorClient.Text(made, "key"))), null, ct);
    }

    private static int Print(ParseResult parsed, JsonElement answer, Action plain)
    {
        if (parsed.GetValue(Json))
        {
            Console.Out.WriteLine(answer.GetRawText());
        }
        else
        {
            plain();
        }

        return 0;
    }

    private static void Show(JsonElement keys)
    {
        foreach (var key in keys.EnumerateArray())
        {
            Console.Out.WriteLine(string.Join("  ", Columns.Select(c => OrchestratorClient.Text(key, c) is { Length: > 0 } text ? text : "-")));
        }
    }
}
