using System.Text;

namespace Probes.Orchestrator.Commands;

/// <summary>Several files as one stream of YAML documents, and the way back from its lines to theirs.</summary>
internal sealed class JoinedFiles
{
    private readonly List<(string File, int FirstLine)> _starts = [];

    internal string Text { get; private set; } = "";

    internal static async Task<JoinedFiles> ReadAsync(IEnumerable<string> files, CancellationToken ct)
    {
        var texts = new List<(string, string)>();
        foreach (var file in files)
        {
            texts.Add((file, await File.ReadAllTextAsync(file, ct)));
        }

        return Join(texts);
    }

    internal static JoinedFiles Join(IEnumerable<(string File, string Text)> files)
    {
        var joined = new JoinedFiles();
        var all = new StringBuilder();
        var line = 1;
        foreach (var (file, text) in files)
        {
            if (all.Length > 0 && !BeginsDocument(text))
            {
                all.Append("---\n");
                line++;
            }

            joined._starts.Add((file, line));
            var ended = text.EndsWith('\n') ? text : text + "\n";
            all.Append(ended);
            line += ended.AsSpan().Count('\n');
        }

        joined.Text = all.ToString();
        return joined;
    }

    /// <summary>File and line of a line of the whole; line 0 and below stay what they are.</summary>
    internal (string File, int Line) Place(int line)
    {
        var (file, first) = _starts.FindLast(s => s.FirstLine <= Math.Max(line, 1));
        return line < 1 ? (file, line) : (file, line - first + 1);
    }

    private static bool BeginsDocument(string text)
    {
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!line.IsWhiteSpace() && line.TrimStart()[0] != '#')
            {
                return line.StartsWith("---");
            }
        }

        return false;
    }
}
