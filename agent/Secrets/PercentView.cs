using System.Globalization;
using System.Text;

namespace Probes.Agent.Secrets;

/// <summary>A text with its percent-encoding undone: each byte of it, in UTF-8, as one character, as in the Latin-1 form of a secret.</summary>
/// <param name="Text">The bytes.</param>
/// <param name="Starts">Where in the original each of them begins, and at last the original's length.</param>
internal readonly record struct PercentView(string Text, IReadOnlyList<int> Starts)
{
    /// <param name="text">The original.</param>
    /// <param name="cut">Marks where it was cut; an escape that is cut short before it, or at the end, belongs to the byte before.</param>
    public static PercentView Of(string text, char cut)
    {
        var bytes = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        Span<byte> utf8 = stackalloc byte[4];
        for (var i = 0; i < text.Length;)
        {
            if (text[i] == '%' && i + 2 < text.Length && byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
            {
                Add((char)b, i);
                i += 3;
            }
            else if (text[i] == '%' && IsCutShort(text, i, cut))
            {
                i += i + 1 < text.Length && text[i + 1] != cut ? 2 : 1;
            }
            else if (text[i] < 0x80 || text[i] == cut)
            {
                Add(text[i], i++);
            }
            else
            {
                Rune.DecodeFromUtf16(text.AsSpan(i), out var rune, out var consumed);
                foreach (var one in utf8[..rune.EncodeToUtf8(utf8)])
                {
                    Add((char)one, i);
                }

                i += consumed;
            }
        }

        starts.Add(text.Length);
        return new PercentView(bytes.ToString(), starts);

        void Add(char c, int start)
        {
            bytes.Append(c);
            starts.Add(start);
        }
    }

    private static bool IsCutShort(string text, int at, char cut) =>
        at + 1 == text.Length || text[at + 1] == cut || (char.IsAsciiHexDigit(text[at + 1]) && (at + 2 == text.Length || text[at + 2] == cut));
}
