using System.Globalization;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using Probes.Contracts.Documents;
using YamlDotNet.RepresentationModel;

namespace Probes.Agent.Policy;

/// <summary>
/// Reads <c>apiVersion: probes/v1, kind: AgentPolicy</c>, as strictly as documents of checks: an unknown key is an error, as a misspelt
/// denial would else be none.
/// </summary>
internal static class PolicyFile
{
    private const int MostRules = 10_000;
    private const string PortAllowed = "a port from 1 to 65535, or two joined by '-'";

    private static readonly (string, LocationType)[] Locations = [("cloud", LocationType.Cloud), ("private", LocationType.Private)];

    /// <exception cref="AgentStopException">The file cannot be read, or a line of it is wrong; the message names each place.</exception>
    public static AgentPolicy Load(string path)
    {
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentStopException(ExitCodes.BadInput, $"--policy: {error.Message}", error);
        }

        var (policy, errors) = Parse(text, path);
        return policy ?? throw new AgentStopException(ExitCodes.BadInput, string.Join(Environment.NewLine, errors));
    }

    /// <summary>Null with what is wrong; never throws for what the text says.</summary>
    public static (AgentPolicy? Policy, IReadOnlyList<DocumentError> Errors) Parse(string text, string file)
    {
        var errors = new DocumentErrors(file);
        var documents = DocumentText.Parse(text, errors);
        if (errors.Count > 0)
        {
            return (null, errors.All);
        }

        if (documents.Count != 1 || documents[0].RootNode is not YamlMappingNode node)
        {
            errors.Add(1, 1, "", "is not a policy", "one mapping with apiVersion, kind and spec");
            return (null, errors.All);
        }

        var root = new DocumentMap(node, "", errors);
        root.Word("apiVersion", [("probes/v1", true)], required: true);
        root.Word("kind", [("AgentPolicy", true)], required: true);
        var policy = root.Map("spec", required: true) is { } spec ? Read(spec) : null;
        root.Close();
        return (errors.Count > 0 ? null : policy, errors.All);
    }

    private static AgentPolicy Read(DocumentMap spec)
    {
        var (kinds, ports, targets) = (Section(spec, "kinds"), Section(spec, "ports"), Section(spec, "targets"));
        var policy = new AgentPolicy
        {
            Location = spec.Word("location", Locations),
            AllowKinds = Items(kinds, "allow", Kind, string.Join(", ", ProbeKinds.Names)),
            DenyKinds = Items(kinds, "deny", Kind, string.Join(", ", ProbeKinds.Names)),
            AllowPorts = Items(ports, "allow", Port, PortAllowed).ConvertAll(p => p!.Value),
            DenyPorts = Items(ports, "deny", Port, PortAllowed).ConvertAll(p => p!.Value),
            AllowTargets = Targets(targets, "allow"),
            DenyTargets = Targets(targets, "deny"),
            AllowCidrs = Items(spec, "allowCidrs", Block, Cidr.Allowed).ConvertAll(c => c!.Value),
        };
        kinds?.Close();
        ports?.Close();
        targets?.Close();
        spec.Close();
        return policy;
    }

    // An empty one is a mistake: whoever wrote it meant to say something.
    private static DocumentMap? Section(DocumentMap spec, string key)
    {
        var section = spec.Map(key);
        if (section is not null && !section.Has("allow") && !section.Has("deny"))
        {
            spec.Error(key, "says nothing", "allow, deny or both");
        }

        return section;
    }

    private static TargetRules Targets(DocumentMap? map, string key)
    {
        List<HostPattern> hosts = [];
        List<Cidr> blocks = [];
        foreach (var target in Items<object>(map, key, text => Cidr.TryParse(text, out var cidr) ? cidr : HostPattern.Parse(text), HostPattern.Allowed))
        {
            if (target is Cidr block)
            {
                blocks.Add(block);
            }
            else
            {
                hosts.Add((HostPattern)target);
            }
        }

        return new TargetRules(hosts, blocks);
    }

    private static List<T> Items<T>(DocumentMap? map, string key, Func<string, T?> parse, string allowed)
    {
        List<T> read = [];
        if (map is null)
        {
            return read;
        }

        var items = map.List(key, most: MostRules);
        if (items.Count == 0 && map.Has(key))
        {
            // An empty allow list could be read as "nothing" and as "everything".
            map.Error(key, "holds nothing", $"at least one of {allowed}");
        }

        foreach (var item in items)
        {
            if (item.Text() is { } text && parse(text) is { } value)
            {
                read.Add(value);
            }
            else
            {
                item.Error($"'{DocumentMap.Shown(item.Text())}' is not allowed", allowed);
            }
        }

        return read;
    }

    private static string? Kind(string text) => ProbeKinds.Names.Contains(text) ? text : null;

    private static Cidr? Block(string text) => Cidr.TryParse(text, out var cidr) ? cidr : null;

    private static PortRange? Port(string text)
    {
        var dash = text.IndexOf('-', StringComparison.Ordinal);
        var (from, to) = (Number(dash < 0 ? text : text[..dash]), Number(text[(dash + 1)..]));
        return from > 0 && to >= from ? new PortRange(from, to) : null;
    }

    private static int Number(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is >= 1 and <= 65535 ? port : 0;
}
