using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Probes.Agent.Probes;

/// <summary>Texts that a target has a say in, made safe to store and to send.</summary>
internal static class BoundedText
{
    /// <summary>Longest piece of evidence or actual value, in characters.</summary>
    public const int Longest = 256;

    /// <summary>
    /// A set as one text: sorted, so that the same set is the same text in whatever order it came. Of one that is too long the first values stand there, with how many there are and a digest of all.
    /// </summary>
    public static string Join(IEnumerable<string> values)
    {
        var sorted = values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        var text = string.Join(", ", sorted);
        if (text.Length <= Longest)
        {
            return text;
        }

        var all = string.Create(CultureInfo.InvariantCulture, $"({sorted.Count} in all, {EvidenceNames.Short(SHA256.HashData(Encoding.UTF8.GetBytes(text)))})");
        return $"{Cut(text, Longest - all.Length - 1)} {all}";
    }

    /// <summary>At most <paramref name="most"/> characters, never half a surrogate pair (protobuf refuses one), no NUL (PostgreSQL refuses it).</summary>
    public static string Cut(string text, int most = Longest)
    {
        if (text.Length > most)
        {
            var end = most - 1;
            text = text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "…";
        }

        return text.Contains('\0', StringComparison.Ordinal) ? text.Replace('\0', '\uFFFD') : text;
    }
}
