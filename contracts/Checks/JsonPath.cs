using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Probes.Contracts.Checks;

/// <summary>
/// The part of JSONPath (RFC 9535) that assertions use: <c>$</c>, <c>.name</c>, <c>['name']</c>, <c>[0]</c>, <c>[-1]</c>, <c>.*</c> and <c>[*]</c>.
/// </summary>
public sealed class JsonPath
{
    public const string Allowed = "$ followed by .name, ['name'], [0], [*] or .*";

    private static readonly SearchValues<char> NotInNames = SearchValues.Create(" ]'\"()?@,");

    // A null name and null index is a wildcard.
    private readonly List<(string? Name, int? Index)> _steps = [];

    private JsonPath()
    {
    }

    public static bool TryParse(string text, out JsonPath path)
    {
        path = new JsonPath();
        if (!text.StartsWith('$'))
        {
            return false;
        }

        var rest = text.AsSpan(1);
        while (!rest.IsEmpty)
        {
            if (rest[0] == '.' ? !path.Member(ref rest) : rest[0] != '[' || !path.Bracket(ref rest))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Every value the path leads to, in document order.</summary>
    public IReadOnlyList<JsonElement> Select(JsonElement root)
    {
        List<JsonElement> found = [root];
        foreach (var (name, index) in _steps)
        {
            found = [.. found.SelectMany(e => Step(e, name, index))];
        }

        return found;
    }

    private static IEnumerable<JsonElement> Step(JsonElement element, string? name, int? index)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object when name is not null:
                return element.TryGetProperty(name, out var member) ? [member] : [];
            case JsonValueKind.Object when index is null:
                return element.EnumerateObject().Select(p => p.Value);
            case JsonValueKind.Array when index is { } wanted:
                var at = wanted < 0 ? element.GetArrayLength() + wanted : wanted;
                return at >= 0 && at < element.GetArrayLength() ? [element[at]] : [];
            case JsonValueKind.Array when name is null:
                return element.EnumerateArray();
            default:
                return [];
        }
    }

    private bool Member(ref ReadOnlySpan<char> rest)
    {
        rest = rest[1..];
        var end = rest.IndexOfAny('.', '[');
        var name = end < 0 ? rest : rest[..end];
        if (name.IsEmpty || (name is not "*" && name.IndexOfAny(NotInNames) >= 0))
        {
            return false;
        }

        _steps.Add(name is "*" ? (null, null) : (name.ToString(), null));
        rest = rest[name.Length..];
        return true;
    }

    private bool Bracket(ref ReadOnlySpan<char> rest)
    {
        if (rest.Length > 2 && rest[1] is '\'' or '"')
        {
            var close = rest[2..].IndexOf([rest[1], ']']);
            if (close < 0)
            {
                return false;
            }

            _steps.Add((rest.Slice(2, close).ToString(), null));
            rest = rest[(close + 4)..];
            return true;
        }

        var end = rest.IndexOf(']');
        if (end < 2)
        {
            return false;
        }

        var inside = rest[1..end];
        rest = rest[(end + 1)..];
        if (inside is "*")
        {
            _steps.Add((null, null));
            return true;
        }

        if (!int.TryParse(inside, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var index))
        {
            return false;
        }

        _steps.Add((null, index));
        return true;
    }
}
