using System.CommandLine;
using System.Text;
using System.Text.Json;
using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator secret set|list|delete</c>. A value comes from standard input or a prompt, never from the command line, where others on the machine see it.</summary>
internal static class SecretCommand
{
    private static readonly Argument<string> Name = new("NAME") { Description = "Such as API_TOKEN: " + SecretReferences.NameAllowed };
    private static readonly Option<string?> Project = new("--project") { Description = "Of which project (default: default)", HelpName = "NAME", Recursive = true };
    private static readonly Option<bool> Json = new("--json") { Description = "Print JSON", Recursive = true };

    internal static Command Create()
    {
        var set = new Command("set", "Create a secret, or give it another value. The value is read from standard input, or asked for.") { Name };
        set.SetAction(SetAsync);
        var list = new Command("list", "List secrets, without their values.");
        list.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Get, Path(parsed, null), null, all => Show(parsed, all), null, ct));
        var delete = new Command("delete", "Delete a secret that no check refers to.") { Name };
        delete.SetAction((parsed, ct) => OrchestratorClient.SendAsync(parsed, HttpMethod.Delete, Path(parsed, parsed.GetValue(Name)), null,
            _ => parsed.GetValue(Json) ? Show(parsed, JsonSerializer.SerializeToElement(new { deleted = parsed.GetValue(Name) })) : 0, null, ct));
        var command = new Command("secret", "Secrets: values that checks refer to as ${{ secrets.NAME }}.") { set, list, delete };
        command.Add(Project);
        command.Add(Json);
        OrchestratorClient.AddOptions(command);
        return command;
    }

    private static async Task<int> SetAsync(ParseResult parsed, CancellationToken ct)
    {
        var value = Console.IsInputRedirected ? Trimmed(await Console.In.ReadToEndAsync(ct)) : Ask();
        if (SecretReferences.ValueMistake(value) is { } mistake)
        {
            await Console.Error.WriteLineAsync($"the value {mistake} (allowed: {SecretReferences.ValueAllowed})");
            return OrchestratorClient.Refused;
        }

        return await OrchestratorClient.SendAsync(
            parsed, HttpMethod.Put, Path(parsed, parsed.GetValue(Name)), JsonContent.Create(new { value }), made => Show(parsed, made), null, ct);
    }

    private static string Path(ParseResult parsed, string? name) => "/api/v1/secrets" + (name is null ? "" : $"/{Uri.EscapeDataString(name)}")
        + (parsed.GetValue(Project) is { Length: > 0 } project ? $"?project={Uri.EscapeDataString(project)}" : "");

    // What echo and editors put at the end is not meant.
    private static string Trimmed(string text) => text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;

    private static string Ask()
    {
        Console.Error.Write("Value (it is not shown): ");
        var value = new StringBuilder();
        for (var key = Console.ReadKey(intercept: true); key.Key != ConsoleKey.Enter; key = Console.ReadKey(intercept: true))
        {
            if (key.Key == ConsoleKey.Backspace)
            {
                value.Length = Math.Max(0, value.Length - 1);
            }
            else if (key.KeyChar >= ' ')
            {
                value.Append(key.KeyChar);
            }
        }

        Console.Error.WriteLine();
        return value.ToString();
    }

    private static int Show(ParseResult parsed, JsonElement answer)
    {
        if (parsed.GetValue(Json))
        {
            Console.Out.WriteLine(answer.GetRawText());
            return 0;
        }

        foreach (var secret in answer.ValueKind == JsonValueKind.Array ? answer.EnumerateArray().ToList() : [answer])
        {
            var checks = secret.GetProperty("checks").EnumerateArray().Select(c => c.GetString()).ToList();
            Console.Out.WriteLine(string.Join("  ", OrchestratorClient.Text(secret, "project"), OrchestratorClient.Text(secret, "name"),
                $"revision {OrchestratorClient.Text(secret, "revision")}", OrchestratorClient.Text(secret, "updatedAt"), OrchestratorClient.Text(secret, "updatedBy"),
                checks.Count == 0 ? "not used" : $"used by {string.Join(", ", checks)}"));
        }

        return 0;
    }
}
