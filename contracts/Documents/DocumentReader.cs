using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using YamlDotNet.RepresentationModel;

namespace Probes.Contracts.Documents;

/// <summary>Reads files into checks, locations and maintenance windows, collecting what is wrong.</summary>
internal sealed class DocumentReader(string standardProject)
{
    internal const string ApiVersion = "probes/v1";

    private readonly List<Check> _checks = [];
    private readonly List<Location> _locations = [];
    private readonly List<MaintenanceWindow> _windows = [];
    private readonly List<DocumentError> _errors = [];
    private readonly Dictionary<string, string> _seen = new(StringComparer.Ordinal);

    private readonly Dictionary<string, IReadOnlyList<DocumentPlace>> _places = new(StringComparer.Ordinal);

    private readonly Dictionary<string, IReadOnlyList<SecretUse>> _secrets = new(StringComparer.Ordinal);

    private readonly Dictionary<(string, string), DocumentPlace> _references = [];

    private readonly Dictionary<string, DocumentPlace> _projects = new(StringComparer.Ordinal);

    private string? _empty;
    private bool _any;

    public DocumentSet Result()
    {
        // One empty file among others does no harm; nothing at all is a mistake of whoever meant to define something.
        if (!_any && _empty is { } file && _errors.Count == 0)
        {
            _errors.Add(new DocumentError(file, 1, 1, "", "holds no document", "documents with apiVersion, kind, metadata and spec"));
        }

        return new(_checks, _locations, _errors) { Windows = _windows, LocationPlaces = _places, WindowPlaces = _references, ProjectPlaces = _projects, SecretUses = _secrets };
    }

    public void Read(string file, string text)
    {
        var errors = new DocumentErrors(file);
        _empty ??= file;
        var documents = DocumentText.Parse(text, errors);
        // After a mistake in its keys a document is read only for the other mistakes.
        var whole = errors.Count == 0;
        foreach (var document in documents)
        {
            if (document.RootNode is YamlMappingNode root)
            {
                _any = true;
                ReadDocument(root, errors, whole);
            }
            else if (document.RootNode is not YamlScalarNode { Value: null or "" })
            {
                errors.Add(document.RootNode.Start, "", "is not a document of this product", "a mapping with apiVersion, kind, metadata and spec");
            }
        }

        _errors.AddRange(errors.All);
    }

    private void ReadDocument(YamlMappingNode node, DocumentErrors errors, bool whole)
    {
        var before = errors.Count;
        var root = new DocumentMap(node, "", errors);
        var version = root.Line("apiVersion", required: true);
        if (version is not null && version != ApiVersion)
        {
            root.Error("apiVersion", $"'{DocumentMap.Shown(version)}' is not known", ApiVersion);
        }

        var kind = root.Word("kind", [("Check", 'C'), ("Location", 'L'), ("Maintenance", 'M')], required: true);
        var metadata = root.Map("metadata", required: true);
        var project = (metadata is null ? null : Project(metadata)) ?? standardProject;
        var name = metadata is not null && Name(metadata) is { } bare ? QualifiedName.Of(project, bare) : null;
        var description = metadata?.Line("description", most: 1000) ?? "";
        var labels = kind == 'C' && metadata is not null ? Labels(metadata) : [];
        metadata?.Close();
        var spec = root.Map("spec", required: kind is 'C' or 'M');
        root.Close();
        var secrets = SecretReader.Read(node, errors);
        if (kind == 'C' && spec is not null && CheckReader.Read(spec, project) is { } check && whole && errors.Count == before)
        {
            _checks.Add(check with { Name = name!, Description = description, Labels = labels });
            _places[name!] = Places(node, "locations", errors.File);
            if (secrets.Count > 0)
            {
                _secrets[name!] = secrets;
            }
        }
        else if (kind == 'L' && LocationReader.Read(spec) is { } location && whole && errors.Count == before)
        {
            _locations.Add(location with { Name = name!, Description = description });
        }
        else if (kind == 'M' && spec is not null && MaintenanceReader.Read(spec, project) is { } window && whole && errors.Count == before)
        {
            _windows.Add(window with { Name = name!, Description = description });
            foreach (var key in (string[])["checks", "regions", "locations"])
            {
                foreach (var (i, place) in Places(node, key, errors.File).Index())
                {
                    _references[(name!, $"spec.{key}[{i}]")] = place;
                }
            }
        }

        if (name is not null && kind is { } known)
        {
            NoteName(known, name, metadata!, errors);
            _projects[$"{(known switch { 'C' => "check", 'L' => "location", _ => "maintenance" })}/{name}"] = ProjectPlace(node, errors.File);
        }
    }

    private static DocumentPlace[] Places(YamlMappingNode root, string key, string file) => (Child(root, "spec") is YamlMappingNode spec ? Child(spec, key) : null) switch
    {
        YamlSequenceNode items => [.. items.Children.Select(i => new DocumentPlace(file, (int)i.Start.Line, (int)i.Start.Column))],
        YamlScalarNode one => [new DocumentPlace(file, (int)one.Start.Line, (int)one.Start.Column)],
        _ => [],
    };

    private static DocumentPlace ProjectPlace(YamlMappingNode root, string file) =>
        Child(root, "metadata") is YamlMappingNode metadata && (Child(metadata, "project") ?? Child(metadata, "name")) is { } said
            ? new DocumentPlace(file, (int)said.Start.Line, (int)said.Start.Column)
            : new DocumentPlace(file, (int)root.Start.Line, (int)root.Start.Column);

    private static YamlNode? Child(YamlMappingNode node, string key) =>
        node.Children.TryGetValue(new YamlScalarNode(key), out var child) ? child : null;

    private void NoteName(char kind, string name, DocumentMap metadata, DocumentErrors errors)
    {
        if (!_seen.TryAdd($"{kind}/{name}", errors.File))
        {
            metadata.Error("name", $"'{name}' is defined twice; first in {_seen[$"{kind}/{name}"]}", "a name that no other of its kind has");
        }
    }

    internal static string? Name(DocumentMap metadata)
    {
        var name = metadata.Line("name", required: true);
        if (name is not null && !Rules.IsName(name))
        {
            metadata.Error("name", $"'{DocumentMap.Shown(name)}' is not a name", Rules.NameAllowed);
            return null;
        }

        return name;
    }

    private static string? Project(DocumentMap metadata)
    {
        var project = metadata.Line("project");
        if (project is not null && !Rules.IsName(project))
        {
            metadata.Error("project", $"'{DocumentMap.Shown(project)}' is not a project's name", Rules.NameAllowed);
            return null;
        }

        return project;
    }

    private static Dictionary<string, string> Labels(DocumentMap metadata)
    {
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        if (metadata.Map("labels") is { } written)
        {
            foreach (var (key, value) in written.Pairs(64))
            {
                if (key.Length is 0 or > 63 || key.Any(char.IsControl) || value.Length > 255 || value.Any(char.IsControl))
                {
                    written.Error(key, "is not a label", "a key of 1 to 63 and a value of at most 255 printable characters");
                }
                else
                {
                    labels[key] = value;
                }
            }
        }

        return labels;
    }
}
