using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using YamlDotNet.RepresentationModel;

namespace Probes.Contracts.Documents;

/// <summary>Where a check refers to a secret.</summary>
public readonly record struct SecretUse(string Name, string Key, DocumentPlace Place);

/// <summary>Looks through a whole document for references to secrets: those where none is allowed are errors too.</summary>
internal static class SecretReader
{
    private static readonly string Allowed = "in " + string.Join(", ", ProbeKinds.All.SelectMany(k => k.SecretKeys.Select(s => $"{k.Name}.{s.Key}{Note(s.Place)}")));

    public static IReadOnlyList<SecretUse> Read(YamlNode document, DocumentErrors errors)
    {
        List<SecretUse> uses = [];
        Look(document, "", errors, uses);
        return uses;
    }

    private static void Look(YamlNode node, string path, DocumentErrors errors, List<SecretUse> uses)
    {
        switch (node)
        {
            case YamlMappingNode map:
                foreach (var (key, value) in map.Children)
                {
                    var name = (key as YamlScalarNode)?.Value ?? "";
                    if (name.Contains(SecretReferences.Opening, StringComparison.Ordinal))
                    {
                        errors.Add(key.Start, path, "a key cannot hold a reference to a secret", Allowed);
                    }
                    else
                    {
                        Look(value, path.Length == 0 ? name : $"{path}.{name}", errors, uses);
                    }
                }

                break;
            case YamlSequenceNode list:
                for (var i = 0; i < list.Children.Count; i++)
                {
                    Look(list.Children[i], $"{path}[{i}]", errors, uses);
                }

                break;
            case YamlScalarNode { Value: { } text } when text.Contains(SecretReferences.Opening, StringComparison.Ordinal):
                Take(node, text, path, errors, uses);
                break;
        }
    }

    private static void Take(YamlNode node, string text, string path, DocumentErrors errors, List<SecretUse> uses)
    {
        var (names, mistake) = SecretReferences.Find(text);
        var key = DocumentMap.Shown(path);
        if (PlaceOf(path) is not { } place || (place == SecretPlace.Query && !SecretReferences.InQuery(text)))
        {
            errors.Add(node.Start, key, "a reference to a secret is not allowed here", Allowed);
        }
        else if (mistake.Length > 0)
        {
            errors.Add(node.Start, key, DocumentMap.Shown(mistake), $"{SecretReferences.Form}, the name {SecretReferences.NameAllowed}");
        }
        else
        {
            var at = new DocumentPlace(errors.File, (int)node.Start.Line, (int)node.Start.Column);
            uses.AddRange(names.Select(n => new SecretUse(n, key, at)));
        }
    }

    private static SecretPlace? PlaceOf(string path)
    {
        foreach (var kind in ProbeKinds.All)
        {
            foreach (var (key, place) in kind.SecretKeys)
            {
                var whole = $"spec.{kind.Name}.{key}";
                if (path == whole || path.StartsWith(whole + ".", StringComparison.Ordinal))
                {
                    return place;
                }
            }
        }

        return null;
    }

    private static string Note(SecretPlace place) => place == SecretPlace.Query ? " (its query)" : place == SecretPlace.Header ? " (values)" : "";
}
