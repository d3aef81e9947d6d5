using System.CommandLine;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary><c>orchestrator backtest</c>: what a rule would have flagged, beside the settings in force.</summary>
internal static class BacktestCommand
{
    private static readonly Option<string?> File = new("--file", "-f") { Description = "A rule to try: a document of kind DetectorRule (default: the settings in force alone)", HelpName = "PATH" };
    private static readonly Option<string> From = new("--from") { Description = "First minute, such as 2026-01-31 or 2026-01-31T12:00Z (UTC unless it says otherwise)", HelpName = "TIME", Required = true };
    private static readonly Option<string> To = new("--to") { Description = "Up to, but without (default: now)", HelpName = "TIME" };
    private static readonly Option<string[]> Check = new("--check") { Description = "Of this check only (default: all); may be repeated", HelpName = "NAME" };
    private static readonly Option<string[]> Region = new("--region") { Description = "In this region only (default: all); may be repeated", HelpName = "NAME" };
    private static readonly Option<bool> Strict = new("--strict") { Description = "What overlaps no incident at all is a false alarm too" };
    private static readonly Option<bool> Json = new("--json") { Description = "Print each step as a line of JSON, the report in the last" };

    internal static Command Create()
    {
        var command = new Command("backtest",
            "Replay stored history through detection: what would have been flagged and when, by the settings in force and by a rule's, held against the incidents that people confirmed\n"
            + "or dismissed. Changes nothing; Ctrl-C breaks it off. At most 31 days and 1000 pairs of check and region, as far back as rollups by the minute are kept.\n"
            + "Example: orchestrator backtest -f rule.yaml --from 2026-01-24 --to 2026-01-31 --check shop-home\n"
            + "Exit codes: 0 done, 1 not reached or broken off, 2 refused.") { File, From, To, Check, Region, Strict, Json };
        OrchestratorClient.AddOptions(command);
        command.SetAction(RunAsync);
        return command;
    }

    private static async Task<int> RunAsync(ParseResult parsed, CancellationToken ct)
    {
        var joined = JoinedFiles.Join([]);
        if (parsed.GetValue(File) is { } file)
        {
            try
            {
                joined = await JoinedFiles.ReadAsync([file], ct);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                await Console.Error.WriteLineAsync(fault.Message);
                return OrchestratorClient.Refused;
            }
        }

        var path = $"/api/v1/backtest?from={Uri.EscapeDataString(parsed.GetValue(From)!)}&strict={(parsed.GetValue(Strict) ? "true" : "false")}"
            + (parsed.GetValue(To) is { Length: > 0 } to ? $"&to={Uri.EscapeDataString(to)}" : "")
            + string.Concat(parsed.GetValue(Check)!.Select(c => $"&check={Uri.EscapeDataString(c)}")) + string.Concat(parsed.GetValue(Region)!.Select(r => $"&region={Uri.EscapeDataString(r)}"));
        var (done, json) = (false, parsed.GetValue(Json));
        var code = await OrchestratorClient.StreamAsync(parsed, HttpMethod.Post, path, step =>
        {
            done |= OrchestratorClient.Text(step, "part") == "done";
            Show(json, step);
        }, ct, new StringContent(joined.Text, Encoding.UTF8, new MediaTypeHeaderValue("application/yaml")), problem => parsed.GetValue(File) is not null && ApplyCommand.ShowErrors(problem, joined));
        if (code == 0 && !done)
        {
            await Console.Error.WriteLineAsync("\nthe orchestrator broke off before the end");
            return OrchestratorClient.Unreached;
        }

        return code;
    }

    private static void Show(bool json, JsonElement step)
    {
        var last = OrchestratorClient.Text(step, "part") == "done";
        if (json)
        {
            Console.Out.WriteLine(step.GetRawText());
        }
        else if (last)
        {
            Console.Error.Write(Console.IsErrorRedirected ? "" : "\r\u001b[K");
            BacktestWords.Lines(step.GetProperty("report")).ToList().ForEach(Console.Out.WriteLine);
        }
        else if (!Console.IsErrorRedirected)
        {
            var of = step.GetProperty("of").GetInt64();
            Console.Error.Write(string.Create(CultureInfo.InvariantCulture, $"\r\u001b[K{(of == 0 ? 0 : 100 * step.GetProperty("done").GetInt64() / of)} % of {of} minutes"));
        }
    }
}
