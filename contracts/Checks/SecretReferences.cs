using System.Text;
using System.Text.RegularExpressions;
using Probes.Contracts.Checks.Kinds;

namespace Probes.Contracts.Checks;

/// <summary>What a text is to be, which decides what may be put into it.</summary>
public enum SecretPlace
{
    /// <summary>Anything.</summary>
    Text = 1,

    /// <summary>One line: a value with a line break would begin another header.</summary>
    Header,

    /// <summary>The query of an address: values are percent-encoded.</summary>
    Query,
}

/// <summary>Gives the text with its references replaced.</summary>
public delegate string SecretFill(string text, SecretPlace place);

/// <summary>References to secrets in a check: <c>${{ secrets.NAME }}</c>, a secret of the check's own project.</summary>
public static partial class SecretReferences
{
    /// <summary>What a reference begins with; nothing else may.</summary>
    public const string Opening = "${{";

    public const string Form = "${{ secrets.NAME }}";
    public const string NameAllowed = "a capital letter, then at most 62 of A-Z, 0-9 and '_'";

    /// <summary>Shorter values could not be told from other text where they are blacked out.</summary>
    public const int ShortestValue = 6;

    /// <summary>In bytes of UTF-8.</summary>
    public const int LargestValue = 16 * 1024;

    public const string ValueAllowed = "6 characters, so that it can be told from other text where it is blacked out, to 16384 bytes, without NUL";

    public static bool IsName(string text) => NamePattern().IsMatch(text);

    /// <summary>Null when it may be the value of a secret.</summary>
    public static string? ValueMistake(string value) =>
        value.Trim().Length < ShortestValue ? "is too short"
        : value.Length > LargestValue || Encoding.UTF8.GetByteCount(value) > LargestValue ? "is too long"
        : value.Contains('\0', StringComparison.Ordinal) ? "holds a NUL character"
        : null;

    /// <summary>The names a text refers to, each once and in order, and what is wrong with the first reference that is none; empty when nothing is.</summary>
    public static (IReadOnlyList<string> Names, string Mistake) Find(string text)
    {
        List<string> names = [];
        for (var at = text.IndexOf(Opening, StringComparison.Ordinal); at >= 0; at = text.IndexOf(Opening, at, StringComparison.Ordinal))
        {
            var match = AnchoredPattern().Match(text, at);
            if (!match.Success)
            {
                var end = text.IndexOf("}}", at, StringComparison.Ordinal);
                return (names, end < 0 ? $"'{Opening}' has no end" : $"'{text[at..(end + 2)]}' is not a reference");
            }

            if (!names.Contains(match.Groups[1].Value))
            {
                names.Add(match.Groups[1].Value);
            }

            at += match.Length;
        }

        return (names, "");
    }

    /// <summary>The names a check refers to, each once and in order.</summary>
    public static IReadOnlyList<string> Of(Check check)
    {
        List<string> names = [];
        ProbeKinds.Of(check.Probe).Fill(check.Probe, (text, _) =>
        {
            names.AddRange(Find(text).Names.Except(names, StringComparer.Ordinal));
            return text;
        });
        return names;
    }

    /// <summary>The check with values in place of its references.</summary>
    public static Check Fill(Check check, SecretFill fill) => check with { Probe = ProbeKinds.Of(check.Probe).Fill(check.Probe, fill) };

    /// <summary>A text with values in place of its references.</summary>
    /// <param name="text">Whatever is no reference stays as it is.</param>
    /// <param name="place">Values of a <see cref="SecretPlace.Query"/> are percent-encoded.</param>
    /// <param name="value">Gives the value of a name.</param>
    public static string Replace(string text, SecretPlace place, Func<string, string> value) => !text.Contains(Opening, StringComparison.Ordinal) ? text
        : Pattern().Replace(text, match => place == SecretPlace.Query ? Uri.EscapeDataString(value(match.Groups[1].Value)) : value(match.Groups[1].Value));

    /// <summary>Whether all references of an address stand in its query.</summary>
    internal static bool InQuery(string address)
    {
        var (query, fragment) = (address.IndexOf('?', StringComparison.Ordinal), address.IndexOf('#', StringComparison.Ordinal));
        return query >= 0 && address.IndexOf(Opening, StringComparison.Ordinal) > query
            && (fragment < 0 || address.LastIndexOf(Opening, StringComparison.Ordinal) < fragment);
    }

    [GeneratedRegex("^[A-Z][A-Z0-9_]{0,62}\\z")]
    private static partial Regex NamePattern();

    [GeneratedRegex("\\G\\$\\{\\{[ \\t]*secrets\\.([A-Z][A-Z0-9_]{0,62})[ \\t]*\\}\\}")]
    private static partial Regex AnchoredPattern();

    [GeneratedRegex("\\$\\{\\{[ \\t]*secrets\\.([A-Z][A-Z0-9_]{0,62})[ \\t]*\\}\\}")]
    private static partial Regex Pattern();
}
