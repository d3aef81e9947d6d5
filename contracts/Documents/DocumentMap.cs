using System.Globalization;
using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace Probes.Contracts.Documents;

/// <summary>A mapping of a document, read key by key. Every key must be asked for before <see cref="Close"/>, or it is unknown.</summary>
internal sealed class DocumentMap(YamlMappingNode node, string path, DocumentErrors errors)
{
    private readonly List<string> _known = [];

    public bool Has(string key) => Find(key) is not null;

    /// <summary>Position-bearing error at a key's value, or at the mapping when the key is absent.</summary>
    public void Error(string key, string message, string allowed = "") =>
        errors.Add(((key.Length > 0 ? Find(key) : null) ?? node).Start, PathOf(key), message, allowed);

    public string? Text(string key, bool required = false, int most = 4096)
    {
        var value = Scalar(key, required, "a text");
        if (value is null)
        {
            return null;
        }

        var text = value.Value ?? "";
        if (text.Length > most)
        {
            Error(key, $"is too long ({text.Length} characters)", $"at most {most} characters");
            return null;
        }

        return text;
    }

    /// <summary>A text without control characters.</summary>
    public string? Line(string key, bool required = false, int most = 253)
    {
        var text = Text(key, required, most);
        if (text is not null && text.Any(char.IsControl))
        {
            Error(key, "holds a control character", "one line of printable text");
            return null;
        }

        if (required && text is { Length: 0 })
        {
            Error(key, "is empty", "a text");
            return null;
        }

        return text;
    }

    public long? Integer(string key, long least, long most, bool required = false)
    {
        var allowed = string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}");
        var value = Scalar(key, required, allowed);
        if (value is null)
        {
            return null;
        }

        if (value.Style == ScalarStyle.Plain && long.TryParse(value.Value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
        {
            return number;
        }

        Error(key, $"'{Shown(value.Value)}' is not allowed", allowed);
        return null;
    }

    public double? Number(string key, double least, double most)
    {
        var allowed = string.Create(CultureInfo.InvariantCulture, $"a number from {least} to {most}");
        var value = Scalar(key, required: false, allowed);
        if (value is null)
        {
            return null;
        }

        if (value.Style == ScalarStyle.Plain && double.TryParse(value.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            && number >= least && number <= most)
        {
            return number;
        }

        Error(key, $"'{Shown(value.Value)}' is not allowed", allowed);
        return null;
    }

    public bool? Flag(string key)
    {
        var value = Scalar(key, required: false, "true or false");
        switch (value)
        {
            case null:
                return null;
            case { Style: ScalarStyle.Plain, Value: "true" }:
                return true;
            case { Style: ScalarStyle.Plain, Value: "false" }:
                return false;
            default:
                Error(key, $"'{Shown(value.Value)}' is not allowed", "true or false");
                return null;
        }
    }

    public TimeSpan? Duration(string key, bool required = false)
    {
        var value = Scalar(key, required, Durations.Allowed);
        if (value is null)
        {
            return null;
        }

        if (Durations.TryParse(value.Value ?? "", out var duration))
        {
            return duration;
        }

        Error(key, $"'{Shown(value.Value)}' is not a duration", Durations.Allowed);
        return null;
    }

    /// <summary>One of some words, in lower case as documents write them.</summary>
    public T? Word<T>(string key, IReadOnlyList<(string Word, T Value)> words, bool required = false)
        where T : struct
    {
        var allowed = string.Join(", ", words.Select(w => w.Word));
        var value = Scalar(key, required, allowed);
        if (value is null)
        {
            return null;
        }

        foreach (var (word, result) in words)
        {
            if (word == value.Value)
            {
                return result;
            }
        }

        Error(key, $"'{Shown(value.Value)}' is not known{Nearest.Hint(value.Value ?? "", words.Select(w => w.Word))}", allowed);
        return null;
    }

    public DocumentMap? Map(string key, bool required = false)
    {
        switch (Find(key))
        {
            case null:
                if (required)
                {
                    Error(key, "is missing", "a mapping");
                }

                return null;
            case YamlMappingNode map:
                return new DocumentMap(map, PathOf(key), errors);
            default:
                Error(key, "is not a mapping", "a mapping of keys to values");
                return null;
        }
    }

    /// <summary>Items of a list, each with its path; a single value stands for a list of one when <paramref name="orOne"/>.</summary>
    public IReadOnlyList<DocumentItem> List(string key, bool orOne = false, int most = 1000)
    {
        switch (Find(key))
        {
            case null:
                return [];
            case YamlSequenceNode list when list.Children.Count <= most:
                return [.. list.Children.Select((child, i) => new DocumentItem(child, $"{PathOf(key)}[{i}]", errors))];
            case YamlSequenceNode list:
                Error(key, $"has {list.Children.Count} items", $"at most {most}");
                return [];
            case { } one when orOne && one is YamlScalarNode:
                return [new DocumentItem(one, PathOf(key), errors)];
            default:
                Error(key, "is not a list", "a list");
                return [];
        }
    }

    /// <summary>Keys and text values in the order of the document.</summary>
    public IReadOnlyList<(string Key, string Value)> Pairs(int most = 100)
    {
        if (node.Children.Count > most)
        {
            errors.Add(node.Start, path, $"has {node.Children.Count} entries", $"at most {most}");
            return [];
        }

        List<(string, string)> pairs = [];
        foreach (var (key, value) in node.Children)
        {
            var name = (key as YamlScalarNode)?.Value ?? "";
            _known.Add(name);
            if (value is YamlScalarNode scalar)
            {
                pairs.Add((name, scalar.Value ?? ""));
            }
            else
            {
                errors.Add(value.Start, PathOf(name), "is not a text", "a text");
            }
        }

        return pairs;
    }

    /// <summary>Every key that was not asked for is an error.</summary>
    public void Close()
    {
        foreach (var key in node.Children.Keys)
        {
            var name = (key as YamlScalarNode)?.Value;
            if (name is null)
            {
                errors.Add(key.Start, path, "a key must be a text", string.Join(", ", _known));
            }
            else if (!_known.Contains(name))
            {
                // Beyond the bound it only counts; looking for what was meant would be lost work.
                var hint = errors.Full ? "" : Nearest.Hint(name, _known);
                errors.Add(key.Start, PathOf(name), $"unknown key '{Shown(name)}'{hint}", string.Join(", ", _known));
            }
        }
    }

    internal static string Shown(string? text)
    {
        var clean = new string([.. (text ?? "").Select(c => char.IsControl(c) ? '\uFFFD' : c)]);
        return clean.Length <= 80 ? clean : clean[..80] + "…";
    }

    private YamlScalarNode? Scalar(string key, bool required, string allowed)
    {
        switch (Find(key))
        {
            case null:
                if (required)
                {
                    Error(key, "is missing", allowed);
                }

                return null;
            case YamlScalarNode { Style: ScalarStyle.Plain, Value: null or "" or "null" or "~" }:
                Error(key, "has no value", allowed);
                return null;
            case YamlScalarNode scalar:
                return scalar;
            default:
                Error(key, "is not a single value", allowed);
                return null;
        }
    }

    private YamlNode? Find(string key)
    {
        if (!_known.Contains(key))
        {
            _known.Add(key);
        }

        foreach (var (name, value) in node.Children)
        {
            if (name is YamlScalarNode scalar && scalar.Value == key)
            {
                return value;
            }
        }

        return null;
    }

    private string PathOf(string key) => path.Length == 0 ? Shown(key) : key.Length == 0 ? path : $"{path}.{Shown(key)}";
}

/// <summary>One item of a list.</summary>
internal readonly struct DocumentItem(YamlNode node, string path, DocumentErrors errors)
{
    public string? Text() => (node as YamlScalarNode)?.Value;

    public DocumentMap? Map() => node is YamlMappingNode map ? new DocumentMap(map, path, errors) : null;

    public void Error(string message, string allowed = "") => errors.Add(node.Start, path, message, allowed);
}
