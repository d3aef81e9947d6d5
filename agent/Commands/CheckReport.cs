using System.Globalization;
using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Spectre.Console;

namespace Probes.Agent.Commands;

/// <summary>Outcomes as a table: words and signs tell them apart, colour only helps. Plain where there is no terminal or NO_COLOR is set.</summary>
internal static class CheckReport
{
    public static void Print(IReadOnlyList<CheckedOutcome> outcomes, TextWriter output)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output) });
        if (Console.IsOutputRedirected)
        {
            console.Profile.Width = 200;
        }

        var table = new Table().Border(TableBorder.Simple).AddColumns("check", "kind", "status", "time", "phases", "why");
        foreach (var (check, outcome, attempts) in outcomes)
        {
            table.AddRow(Markup.Escape(check.Name), check.Probe.Kind, Status(outcome.Status), Ms(outcome.Duration), Phases(outcome.Phases), Markup.Escape(Tried(outcome, attempts)));
        }

        console.Write(table);
        var passed = outcomes.Count(o => o.Outcome.Status == RunStatus.Passed);
        console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{passed} passed, {outcomes.Count - passed} failed"));
    }

    private static string Status(RunStatus status) => status switch
    {
        RunStatus.Passed => "[blue]+ passed[/]",
        RunStatus.TimedOut => "[yellow]! timed out[/]",
        _ => "[yellow]x failed[/]",
    };

    private static string Tried(ProbeOutcome outcome, int attempts) =>
        attempts == 1 ? Why(outcome) : string.Create(CultureInfo.InvariantCulture, $"attempt {attempts}{(outcome.Reason.Length == 0 ? ", those before failed" : $": {Why(outcome)}")}");

    internal static string Why(ProbeOutcome outcome) =>
        outcome.Reason.Length == 0 ? "" : $"{outcome.Reason} ({outcome.Source.ToString().ToLowerInvariant()}): {outcome.Message}";

    private static string Phases(PhaseTimes phases) => string.Join(' ',
        Enum.GetValues<Phase>().Where(p => phases[p] is not null).Select(p => $"{p.ToString().ToLowerInvariant()} {Ms(phases[p]!.Value)}"));

    private static string Ms(TimeSpan span) => span.TotalMilliseconds.ToString("0.0 'ms'", CultureInfo.InvariantCulture);
}
