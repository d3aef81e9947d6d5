using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator rebuild-rollups</c>.</summary>
internal static class RebuildCommand
{
    private static readonly Option<string> From = new("--from") { Description = "First minute, such as 2026-01-31 or 2026-01-31T12:00Z (UTC unless it says otherwise)", HelpName = "TIME", Required = true };
    private static readonly Option<string> To = new("--to") { Description = "Up to, but without (default: now)", HelpName = "TIME" };
    private static readonly Option<string> Check = new("--check") { Description = "Of this check only (default: all)", HelpName = "NAME" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print each step as a line of JSON" };

    internal static Command Create()
    {
        var command = new Command("rebuild-rollups",
            "Make the rollups of a span again from stored results: minutes, then hours and days. Safe while results come in; Ctrl-C breaks it off.\n"
            + "Minutes whose results are no longer kept stay as they are.\nExample: orchestrator rebuild-rollups --from 2026-01-31 --to 2026-02-01\n"
            + "Exit codes: 0 done, 1 not reached or broken off, 2 refused.") { From, To, Check, Json };
        OrchestratorClient.AddOptions(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var path = $"/api/v1/rollups/rebuild?from={Uri.EscapeDataString(parsed.GetValue(From)!)}"
            + $"&to={Uri.EscapeDataString(parsed.GetValue(To) ?? TimeProvider.System.GetUtcNow().ToString("O", CultureInfo.InvariantCulture))}"
            + (parsed.GetValue(Check) is { Length: > 0 } check ? $"&check={Uri.EscapeDataString(check)}" : "");
        var done = false;
        var code = await OrchestratorClient.StreamAsync(parsed, HttpMethod.Post, path, step =>
        {
            done |= OrchestratorClient.Text(step, "part") == "done";
            Show(parsed.GetValue(Json), step);
        }, ct);
        if (code == 0 && !done)
        {
            await Console.Error.WriteLineAsync("\nthe orchestrator broke off before the end; what was made stays: begin again");
            return OrchestratorClient.Unreached;
        }

        return code;
    }

    private static void Show(bool json, JsonElement step)
    {
        if (json)
        {
            Console.Out.WriteLine(step.GetRawText());
            return;
        }

        var (part, of, made) = (OrchestratorClient.Text(step, "part"), step.GetProperty("of").GetInt64(), step.GetProperty("rollups").GetInt64());
        var line = part switch
        {
            "minutes" => string.Create(CultureInfo.InvariantCulture, $"minutes: {(of == 0 ? 100 : 100 * step.GetProperty("done").GetInt64() / of)} %, {made} rollups"),
            "tiers" => "hours and days: under way",
            _ => string.Create(CultureInfo.InvariantCulture, $"done: {made} rollups of {of} minutes, and their hours and days"),
        };

        // On a terminal one line that changes; in a file only the end.
        if (part == "done")
        {
            Console.Error.Write(Console.IsErrorRedirected ? "" : "\r\u001b[K");
            Console.Out.WriteLine(line);
        }
        else if (!Console.IsErrorRedirected)
        {
            Console.Error.Write($"\r\u001b[K{line}");
        }
    }
}
