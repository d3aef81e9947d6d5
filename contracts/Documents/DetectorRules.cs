using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;
using YamlDotNet.RepresentationModel;

namespace Probes.Contracts.Documents;

/// <summary>How a setting is written: a number, a whole number, or true and false (which count as 1 and 0).</summary>
public enum RuleSettingForm { Number, Whole, Flag }

/// <summary>A setting that a rule may set, and the values it may have, both ends included.</summary>
public sealed record RuleSetting(string Name, double Least, double Most, RuleSettingForm Form);

/// <summary>Settings of detection under a name, to be tried before they are put in force.</summary>
/// <param name="Settings">By name; what is absent stays as it is in force.</param>
/// <param name="Checks">Qualified names it is tried on; empty: all.</param>
/// <param name="Regions">Regions it is tried on; empty: all.</param>
public sealed record DetectorRule(string Name, string Description, IReadOnlyDictionary<string, double> Settings, IReadOnlyList<string> Checks, IReadOnlyList<string> Regions);

/// <summary>Reads the one document of <c>kind: DetectorRule</c> that a backtest tries. As strict as <see cref="CheckDocuments"/>.</summary>
public static class DetectorRules
{
    public const string Kind = "DetectorRule";

    private const string OneDocument = "one document of kind DetectorRule";
    private const string RegionAllowed = "a region's name, 1 to 63 printable characters";

    /// <param name="text">YAML or JSON.</param>
    /// <param name="file">What errors call it.</param>
    /// <param name="project">Whose checks bare names mean.</param>
    /// <param name="known">The settings there are.</param>
    /// <param name="isCheck">Whether there is a check of that qualified name.</param>
    /// <returns>The rule, or all that is wrong.</returns>
    public static (DetectorRule? Rule, IReadOnlyList<DocumentError> Errors) Read(
        string text, string file, string project, IReadOnlyList<RuleSetting> known, Func<string, bool> isCheck)
    {
        var errors = new DocumentErrors(file);
        var roots = DocumentText.Parse(text, errors).Select(d => d.RootNode).Where(r => r is not YamlScalarNode { Value: null or "" }).ToList();
        DetectorRule? rule = null;
        if (roots is [YamlMappingNode root])
        {
            rule = Read(new DocumentMap(root, "", errors), project, known, isCheck);
        }
        else if (errors.Count == 0)
        {
            errors.Add(roots.Count > 1 ? (int)roots[1].Start.Line : 1, 1, "", roots.Count > 1 ? "holds a second document" : "holds no document", OneDocument);
        }

        return errors.Count == 0 ? (rule, []) : (null, errors.All);
    }

    private static DetectorRule Read(DocumentMap root, string project, IReadOnlyList<RuleSetting> known, Func<string, bool> isCheck)
    {
        if (root.Line("apiVersion", required: true) is { } version && version != DocumentReader.ApiVersion)
        {
            root.Error("apiVersion", $"'{DocumentMap.Shown(version)}' is not known", DocumentReader.ApiVersion);
        }

        root.Word("kind", [(Kind, 'R')], required: true);
        var metadata = root.Map("metadata", required: true);
        var name = metadata is null ? null : DocumentReader.Name(metadata);
        var description = metadata?.Line("description", most: 1000) ?? "";
        metadata?.Close();
        var settings = new Dictionary<string, double>(StringComparer.Ordinal);
        List<string> checks = [];
        List<string> regions = [];
        if (root.Map("spec", required: true) is { } spec)
        {
            foreach (var setting in known)
            {
                if (Value(spec, setting) is { } value)
                {
                    settings[setting.Name] = value;
                }
            }

            checks = Texts(spec, "checks", Rules.IsReference, Rules.ReferenceAllowed, t => QualifiedName.Resolve(project, t), isCheck);
            regions = Texts(spec, "regions", t => t.Length is > 0 and <= 63 && !t.Any(char.IsControl), RegionAllowed, t => t, _ => true);
            spec.Close();
        }

        root.Close();
        return new DetectorRule(name ?? "", description, settings, checks, regions);
    }

    private static double? Value(DocumentMap spec, RuleSetting setting) => setting.Form switch
    {
        RuleSettingForm.Whole => spec.Integer(setting.Name, (long)setting.Least, (long)setting.Most),
        RuleSettingForm.Flag => spec.Flag(setting.Name) is { } on ? on ? 1 : 0 : null,
        _ => spec.Number(setting.Name, setting.Least, setting.Most),
    };

    private static List<string> Texts(DocumentMap spec, string key, Func<string, bool> isOne, string allowed, Func<string, string> name, Func<string, bool> exists)
    {
        List<string> names = [];
        foreach (var item in spec.List(key, orOne: true))
        {
            var written = item.Text();
            if (written is null || !isOne(written))
            {
                item.Error($"'{DocumentMap.Shown(written)}' is not allowed", allowed);
            }
            else if (!exists(name(written)))
            {
                item.Error($"there is no check '{DocumentMap.Shown(written)}'", "a check's name");
            }
            else
            {
                names.Add(name(written));
            }
        }

        return names;
    }
}
