using System.Text;

namespace Probes.Agent.Secrets;

/// <summary>
/// Blacks secrets out of texts, in all of <see cref="SecretForms"/>, in one pass (Aho and Corasick, "Efficient string matching", CACM 1975). Texts
/// may have been cut before: what stands before the mark of a cut, or at the end, is blacked out when it begins a secret.
/// Immutable; safe for several threads.
/// </summary>
internal sealed class Redactor
{
    public const string Mark = "***";

    /// <summary>A redactor of nothing.</summary>
    public static readonly Redactor None = new([]);

    // Forms are told by so many characters; what follows is compared one by one.
    private const int Told = 64;

    // Where a text ends without a mark, one that shares fewer characters with a secret is left alone.
    private const int LeastAtEnd = 3;
    private const char Cut = '…';

    private readonly Dictionary<(int Node, char Next), int> _edges = [];
    private readonly List<int> _fails = [0];
    private readonly List<int> _depths = [0];
    private readonly List<List<string>?> _ends = [null];

    public Redactor(IEnumerable<string> values)
    {
        foreach (var form in values.SelectMany(SecretForms.Of).Distinct(StringComparer.Ordinal))
        {
            Add(form);
        }

        Link();
    }

    public bool Finds(string text) => _edges.Count > 0 && All(text).Count > 0;

    /// <summary>The same object when it holds nothing to black out.</summary>
    public string Redact(string text)
    {
        if (_edges.Count == 0 || text.Length == 0 || All(text) is not { Count: > 0 } spans)
        {
            return text;
        }

        var clean = new StringBuilder(text.Length);
        var at = 0;
        foreach (var (start, end) in Merge(spans))
        {
            clean.Append(text, at, start - at).Append(Mark);
            at = end;
        }

        return clean.Append(text, at, text.Length - at).ToString();
    }

    private List<(int Start, int End)> All(string text)
    {
        var spans = Spans(text);
        if (text.Contains('%', StringComparison.Ordinal))
        {
            // Which characters are escaped differs from library to library; unescaped they are all the same.
            var view = PercentView.Of(text, Cut);
            spans.AddRange(Spans(view.Text).Select(s => (view.Starts[s.Start], view.Starts[s.End])));
        }

        return spans;
    }

    private List<(int Start, int End)> Spans(string text)
    {
        List<(int, int)> spans = [];
        var node = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == Cut && _depths[node] > 0)
            {
                spans.Add((i - _depths[node], i));
            }

            node = Next(node, text[i]);
            for (var n = node; n != 0; n = _fails[n])
            {
                if (_ends[n] is { } forms)
                {
                    var start = i + 1 - _depths[n];
                    spans.Add((start, start + forms.Max(f => Shared(f, text, start))));
                }
            }
        }

        if (_depths[node] >= LeastAtEnd)
        {
            spans.Add((text.Length - _depths[node], text.Length));
        }

        return spans;
    }

    // Half of a surrogate pair is never left, because forms hold whole ones.
    private static int Shared(string form, string text, int start) => form.AsSpan().CommonPrefixLength(text.AsSpan(start));

    private static IEnumerable<(int Start, int End)> Merge(List<(int Start, int End)> spans)
    {
        spans.Sort();
        var (start, end) = spans[0];
        foreach (var span in spans)
        {
            if (span.Start > end)
            {
                yield return (start, end);
                (start, end) = span;
            }
            else
            {
                end = Math.Max(end, span.End);
            }
        }

        yield return (start, end);
    }

    private void Add(string form)
    {
        var node = 0;
        foreach (var c in form.AsSpan(0, Math.Min(form.Length, Told)))
        {
            if (!_edges.TryGetValue((node, c), out var next))
            {
                _edges[(node, c)] = next = _depths.Count;
                _depths.Add(_depths[node] + 1);
                _fails.Add(0);
                _ends.Add(null);
            }

            node = next;
        }

        (_ends[node] ??= []).Add(form);
    }

    private void Link()
    {
        // By depth, so that what a node falls back to is linked already.
        foreach (var ((parent, c), child) in _edges.OrderBy(e => _depths[e.Value]))
        {
            _fails[child] = parent == 0 ? 0 : Next(_fails[parent], c);
        }
    }

    private int Next(int node, char c)
    {
        while (true)
        {
            if (_edges.TryGetValue((node, c), out var next))
            {
                return next;
            }

            if (node == 0)
            {
                return 0;
            }

            node = _fails[node];
        }
    }
}
