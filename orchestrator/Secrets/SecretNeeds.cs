using System.Runtime.CompilerServices;
using Probes.Contracts.Checks;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Secrets;

/// <summary>Which secrets an assignment needs.</summary>
internal sealed class SecretNeeds(SecretValues values)
{
    private static readonly ConditionalWeakTable<CatalogCheck, IReadOnlyList<string>> Known = [];

    internal event Action Changed
    {
        add => values.Changed += value;
        remove => values.Changed -= value;
    }

    /// <summary>Names the check refers to, of its own project.</summary>
    internal static IReadOnlyList<string> Of(CatalogCheck check) => Known.GetValue(check, static c => SecretReferences.Of(c.Check));

    /// <summary>What an agent with these checks is to have, and nothing more; in a fixed order. One that has no value here is left out: the agent tells.</summary>
    internal async ValueTask<Contracts.Wire.Secrets> ForAsync(IEnumerable<CatalogCheck> checks, CancellationToken ct)
    {
        await values.WhenLoadedAsync(ct);
        var names = checks.SelectMany(c => Of(c).Select(n => new SecretName(QualifiedName.ProjectOf(c.Check.Name), n))).Distinct()
            .OrderBy(n => n.Project, StringComparer.Ordinal).ThenBy(n => n.Name, StringComparer.Ordinal);
        var message = new Contracts.Wire.Secrets();
        foreach (var name in names)
        {
            if (values.Find(name.Project, name.Name) is { } value)
            {
                message.Values.Add(new SecretValue { Project = name.Project, Name = name.Name, Value = value });
            }
        }

        return message;
    }
}
