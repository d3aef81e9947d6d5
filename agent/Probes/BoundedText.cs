namespace Probes.Agent.Probes;

/// <summary>Texts that a target has a say in, made safe to store and to send.</summary>
internal static class BoundedText
{
    /// <summary>Longest piece of evidence or actual value, in characters.</summary>
    public const int Longest = 256;

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
