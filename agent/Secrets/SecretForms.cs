using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Encodings.Web;

namespace Probes.Agent.Secrets;

/// <summary>The forms in which a secret may come back: as it is, and as targets and libraries write it.</summary>
internal static class SecretForms
{
    /// <summary>A line of a value of several is a secret too when it is at least so long.</summary>
    private const int ShortestLine = 8;

    // Shorter forms of shorter pieces would black out words.
    private const int Shortest = 6;

    public static IReadOnlySet<string> Of(string value)
    {
        var forms = new HashSet<string>(StringComparer.Ordinal);
        List<string> values = [value, value.Trim(), value.ReplaceLineEndings("\n"), value.ReplaceLineEndings("\r\n")];
        values.AddRange(value.Split('\n').Select(l => l.Trim()).Where(l => l.Length >= ShortestLine));
        foreach (var one in values.Distinct(StringComparer.Ordinal))
        {
            Add(forms, one);
        }

        // After a stray '%', or '%' and a digit, its first characters are taken for the rest of an escape: the others are looked for as well.
        foreach (var form in forms.ToList())
        {
            var digits = form.TakeWhile(char.IsAsciiHexDigit).Take(2).Count();
            for (var taken = 1; taken <= digits; taken++)
            {
                forms.Add(form[taken..]);
            }
        }

        forms.RemoveWhere(f => f.Length < Shortest);
        return forms;
    }

    private static void Add(HashSet<string> forms, string value)
    {
        var bytes = Encoding.UTF8.GetBytes(value);
        forms.Add(value);
        // Headers are read as Latin-1, whatever was meant.
        forms.Add(Encoding.Latin1.GetString(bytes));
        forms.UnionWith([Encoding.Latin1.GetString(bytes).Replace(' ', '+'), Percent(value), WebUtility.UrlEncode(value)]);
        forms.Add(Convert.ToHexString(bytes));
        forms.Add(Convert.ToHexStringLower(bytes));
        Base64(forms, bytes);
        Json(forms, value);
        Html(forms, value);
    }

    // Once is undone where texts are looked through; here it is twice, and the space of forms.
    private static string Percent(string text)
    {
        var escaped = new StringBuilder();
        foreach (var b in Encoding.UTF8.GetBytes(text))
        {
            _ = char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'.' or (byte)'_' or (byte)'~'
                ? escaped.Append((char)b)
                : escaped.Append(CultureInfo.InvariantCulture, $"%{b:X2}");
        }

        return escaped.ToString();
    }

    // Within a longer text it may begin at any of three places; of the characters at its edges, those that others share in are left.
    private static void Base64(HashSet<string> forms, byte[] bytes)
    {
        for (var offset = 0; offset < 3; offset++)
        {
            var padded = new byte[offset + bytes.Length];
            bytes.CopyTo(padded, offset);
            var whole = Convert.ToBase64String(padded);
            var first = ((8 * offset) + 5) / 6;
            var inner = whole[first..(8 * padded.Length / 6)];
            string[] all = offset == 0 ? [inner, whole, whole.TrimEnd('=')] : [inner, whole[first..], whole[first..].TrimEnd('=')];
            foreach (var text in all)
            {
                forms.UnionWith([text, text.Replace('+', '-').Replace('/', '_'), text.Replace("/", "\\/", StringComparison.Ordinal)]);
                forms.Add(text.Replace("+", "\\u002B", StringComparison.Ordinal));
            }
        }
    }

    private static void Json(HashSet<string> forms, string value)
    {
        var strict = JavaScriptEncoder.Default.Encode(value);
        var relaxed = JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value);
        foreach (var text in new[] { strict, relaxed, Escape(value, ascii: true), Escape(value, ascii: false) })
        {
            // Serialized again, as in a log line that quotes it.
            forms.UnionWith([text, LowerUnicode(text), text.Replace("/", "\\/", StringComparison.Ordinal), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text)]);
        }
    }

    // As most libraries do: quotes, backslashes and control characters, and all that is not ASCII where it says so.
    private static string Escape(string value, bool ascii)
    {
        var text = new StringBuilder();
        foreach (var c in value)
        {
            _ = c switch
            {
                '"' => text.Append("\\\""),
                '\\' => text.Append("\\\\"),
                '\n' => text.Append("\\n"),
                '\r' => text.Append("\\r"),
                '\t' => text.Append("\\t"),
                '\b' => text.Append("\\b"),
                '\f' => text.Append("\\f"),
                < ' ' => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                > '~' when ascii => text.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => text.Append(c),
            };
        }

        return text.ToString();
    }

    private static string LowerUnicode(string text)
    {
        var chars = text.ToCharArray();
        for (var i = 0; i + 5 < chars.Length; i++)
        {
            if (chars[i] == '\\' && chars[i + 1] == 'u')
            {
                for (var k = i + 2; k < i + 6; k++)
                {
                    chars[k] = char.ToLowerInvariant(chars[k]);
                }
            }
        }

        return new string(chars);
    }

    private static void Html(HashSet<string> forms, string value)
    {
        forms.UnionWith([HtmlEncoder.Default.Encode(value), WebUtility.HtmlEncode(value)]);
        var basic = value.Replace("&", "&amp;", StringComparison.Ordinal).Replace("<", "&lt;", StringComparison.Ordinal).Replace(">", "&gt;", StringComparison.Ordinal);
        foreach (var quote in (ReadOnlySpan<string>)["\"", "&quot;", "&#34;", "&#x22;"])
        {
            foreach (var apostrophe in (ReadOnlySpan<string>)["'", "&#39;", "&#x27;", "&#039;", "&apos;"])
            {
                forms.Add(basic.Replace("\"", quote, StringComparison.Ordinal).Replace("'", apostrophe, StringComparison.Ordinal));
            }
        }
    }
}
