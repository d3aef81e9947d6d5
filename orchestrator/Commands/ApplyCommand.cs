using System.CommandLine;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator apply -f PATH</c>: sends a file or a folder's files as one set, which is applied whole or not at all.</summary>
internal static class ApplyCommand
{
    private static readonly string[] Endings = [".yaml", ".yml", ".json"];
    private static readonly Option<string[]> Files = new("--file", "-f") { Description = "File or folder (*.yaml, *.yml, *.json); may be repeated", HelpName = "PATH", Required = true };
    private static readonly Option<bool> DryRun = new("--dry-run") { Description = "Say what would change, and change nothing" };

    private static readonly Option<string> Project = new("--project") { Description = "Of which project documents are that do not say (default: the key's)", HelpName = "NAME" };

    internal static Command Create()
    {
        var command = new Command("apply", "Apply definitions of checks, locations and maintenance windows to a running orchestrator.") { Files, DryRun, Project };
        OrchestratorClient.AddOptions(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        JoinedFiles joined;
        try
        {
            joined = await JoinedFiles.ReadAsync(parsed.GetValue(Files)!.SelectMany(Find), ct);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return OrchestratorClient.Refused;
        }

        var dry = parsed.GetValue(DryRun);
        using var body = new StringContent(joined.Text, Encoding.UTF8, new MediaTypeHeaderValue("application/yaml"));
        var project = parsed.GetValue(Project) is { Length: > 0 } named ? $"&project={Uri.EscapeDataString(named)}" : "";
        return await OrchestratorClient.SendAsync(parsed, HttpMethod.Post, $"/api/v1/apply?dryRun={(dry ? "true" : "false")}{project}", body,
            report => Show(report, dry), problem => ShowErrors(problem, joined), ct);
    }

    private static IEnumerable<string> Find(string path)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }

        var found = Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories)
            .Where(f => Endings.Contains(Path.GetExtension(f), StringComparer.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToList();
        return found.Count > 0 ? found : throw new FileNotFoundException($"{path}: no *.yaml, *.yml or *.json in it");
    }

    private static int Show(JsonElement report, bool dry)
    {
        Print("created", dry ? "would create" : "created");
        Print("updated", dry ? "would update" : "updated");
        Print("unchanged", "unchanged");
        return 0;

        void Print(string property, string word)
        {
            foreach (var name in Items(report, property))
            {
                Console.Out.WriteLine($"{word} {name.GetString()}");
            }
        }
    }

    internal static bool ShowErrors(JsonElement problem, JoinedFiles joined)
    {
        var any = false;
        foreach (var error in Items(problem, "errors").Where(e => e.ValueKind == JsonValueKind.Object))
        {
            any = true;
            var (file, line) = joined.Place(int.TryParse(OrchestratorClient.Text(error, "line"), out var at) ? at : 0);
            var key = OrchestratorClient.Text(error, "key");
            var allowed = OrchestratorClient.Text(error, "allowed");
            Console.Error.WriteLine(
                $"{file}:{line}:{OrchestratorClient.Text(error, "column")}: {(key.Length > 0 ? key + ": " : "")}{OrchestratorClient.Text(error, "message")}"
                + (allowed.Length > 0 ? $" (allowed: {allowed})" : ""));
        }

        return any;
    }

    private static JsonElement.ArrayEnumerator Items(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var items) && items.ValueKind == JsonValueKind.Array
            ? items.EnumerateArray()
            : default;
}
