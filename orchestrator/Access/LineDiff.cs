namespace Probes.Orchestrator.Access;

/// <summary>One line of a difference.</summary>
/// <param name="Mark">'+' came, '-' went, ' ' stayed.</param>
internal readonly record struct DiffLine(char Mark, string Text);

/// <summary>What changed between two texts, line by line: the longest common subsequence (Wagner and Fischer 1974) stays.</summary>
internal static class LineDiff
{
    // Rows times columns stay below a million; longer texts are shown one after the other.
    private const int Most = 1_000;

    internal static IReadOnlyList<DiffLine> Of(string? before, string? after)
    {
        var a = Lines(before);
        var b = Lines(after);
        var head = 0;
        while (head < a.Length && head < b.Length && a[head] == b[head])
        {
            head++;
        }

        var tail = 0;
        while (tail < a.Length - head && tail < b.Length - head && a[^(tail + 1)] == b[^(tail + 1)])
        {
            tail++;
        }

        return
        [
            .. a[..head].Select(t => new DiffLine(' ', t)),
            .. Middle(a[head..^tail], b[head..^tail]),
            .. a[^tail..].Select(t => new DiffLine(' ', t)),
        ];
    }

    private static List<DiffLine> Middle(string[] a, string[] b)
    {
        if (a.Length > Most || b.Length > Most)
        {
            return [.. a.Select(t => new DiffLine('-', t)), .. b.Select(t => new DiffLine('+', t))];
        }

        var length = new int[a.Length + 1, b.Length + 1];
        for (var i = a.Length - 1; i >= 0; i--)
        {
            for (var j = b.Length - 1; j >= 0; j--)
            {
                length[i, j] = a[i] == b[j] ? length[i + 1, j + 1] + 1 : Math.Max(length[i + 1, j], length[i, j + 1]);
            }
        }

        return Walk(a, b, length);
    }

    private static List<DiffLine> Walk(string[] a, string[] b, int[,] length)
    {
        var lines = new List<DiffLine>(a.Length + b.Length);
        int i = 0, j = 0;
        while (i < a.Length || j < b.Length)
        {
            if (i < a.Length && j < b.Length && a[i] == b[j])
            {
                lines.Add(new DiffLine(' ', a[i++]));
                j++;
            }
            else if (j == b.Length || (i < a.Length && length[i + 1, j] >= length[i, j + 1]))
            {
                lines.Add(new DiffLine('-', a[i++]));
            }
            else
            {
                lines.Add(new DiffLine('+', b[j++]));
            }
        }

        return lines;
    }

    private static string[] Lines(string? text) => string.IsNullOrEmpty(text) ? [] : text.TrimEnd('\n').Split('\n');
}
