using System.Text.Json;

namespace Probes.Orchestrator.Commands;

/// <summary>Answers as people read them on a terminal: a heading and columns that fit 80 characters; or as they came, for scripts.</summary>
internal static class Table
{
    internal const int Width = 80;

    private const int Narrowest = 6;

    /// <summary>Prints the answer as it came when JSON is asked for, else in words.</summary>
    internal static int Print(bool json, JsonElement answer, Action plain)
    {
        if (json)
        {
            Console.Out.WriteLine(answer.GetRawText());
        }
        else
        {
            plain();
        }

        return 0;
    }

    /// <summary>Numbers stand right. The first column is never cut: it is what other commands take; the widest of the others are, until the line fits.</summary>
    internal static IEnumerable<string> Lines(IReadOnlyList<string> headings, IReadOnlyList<IReadOnlyList<string>> rows)
    {
        var all = rows.Select(r => r.Select(c => Plain(c)).ToArray()).ToList();
        var widths = headings.Select((h, i) => Math.Max(h.Length, all.Count == 0 ? 0 : all.Max(r => r[i].Length))).ToArray();
        var right = headings.Select((_, i) => all.Count > 0 && all.All(r => r[i] == "-" || char.IsAsciiDigit(r[i][0]) && r[i].All(c => char.IsAsciiDigit(c) || c is '.' or '/'))
            && !headings[i].Equals("VERSION", StringComparison.Ordinal)).ToArray();
        while (widths.Sum() + (2 * (widths.Length - 1)) > Width)
        {
            var widest = Enumerable.Range(1, widths.Length - 1).MaxBy(i => widths[i]);
            if (widths[widest] <= Narrowest)
            {
                break;
            }

            widths[widest]--;
        }

        return all.Prepend([.. headings]).Select(r => string.Join("  ", r.Select((c, i) => Fit(c, widths[i], right[i]))).TrimEnd());
    }

    /// <summary>Control characters of a stranger's text must not move the cursor.</summary>
    internal static string Plain(string text) => text.Length == 0 ? "-" : new string([.. text.Select(c => char.IsControl(c) ? ' ' : c)]);

    private static string Fit(string cell, int width, bool right) =>
        cell.Length > width ? cell[..(width - 1)] + "…" : right ? cell.PadLeft(width) : cell.PadRight(width);
}
