using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Probes.Contracts.Documents;

/// <summary>From a file's text to the trees of its documents, or to errors.</summary>
internal static class DocumentText
{
    private const int LargestFile = 1 << 20;

    public static IList<YamlDocument> Parse(string text, DocumentErrors errors)
    {
        if (text.Length > LargestFile)
        {
            errors.Add(1, 1, "", $"the file is too large ({text.Length} characters)", $"at most {LargestFile}");
            return [];
        }

        if (Unprintable(text) is { } at)
        {
            var (line, column) = Place(text, at);
            errors.Add(line, column, "", $"holds the character U+{(int)text[at]:X4}", "printable text in UTF-8 (YAML 1.2, section 5.1)");
            return [];
        }

        var parser = new StrictParser(new Parser(new StringReader(text)), errors);
        try
        {
            var stream = new YamlStream();
            stream.Load(parser);
            return stream.Documents;
        }
        catch (YamlException) when (parser.Refused)
        {
            return [];
        }
        catch (YamlException e) when (Tab(text, e) is { } tab)
        {
            var (line, column) = Place(text, tab);
            errors.Add(line, column, "", "is indented by a tab", "spaces");
            return [];
        }
        catch (YamlException e)
        {
            errors.Add(e.Start, "", $"is not YAML: {DocumentMap.Shown(e.InnerException?.Message ?? e.Message)}");
            return [];
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException or FormatException or OverflowException)
        {
            // The parser's own way of giving up on some malformed input.
            errors.Add(1, 1, "", $"is not YAML: {DocumentMap.Shown(e.Message)}");
            return [];
        }
    }

    private static int? Unprintable(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]))
            {
                if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                {
                    return i;
                }

                i++;
            }
            else if (text[i] is < ' ' and not ('\t' or '\n' or '\r') or (>= '\u0080' and < '\u00A0' and not '\u0085') or '\uFFFE' or '\uFFFF')
            {
                return i;
            }
        }

        return null;
    }

    // Where the first line from the mistake on is indented by a tab, if that is what the mistake is.
    private static int? Tab(string text, YamlException mistake)
    {
        if (!mistake.Message.Contains(" tab", StringComparison.Ordinal))
        {
            return null;
        }

        for (var start = (int)mistake.Start.Index; start >= 0 && start < text.Length;)
        {
            var line = text.AsSpan(start);
            var indent = line.IndexOfAnyExcept(' ');
            if (indent >= 0 && line[indent] == '\t')
            {
                return start + indent;
            }

            var end = line.IndexOf('\n');
            start = end < 0 ? -1 : start + end + 1;
        }

        return null;
    }

    private static (int Line, int Column) Place(string text, int index)
    {
        var before = text.AsSpan(0, index);
        return (before.Count('\n') + 1, index - before.LastIndexOf('\n'));
    }
}
