using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Catalog;

/// <summary>What an apply would write. A document counts as changed when its canonical text differs from the stored one.</summary>
internal sealed record ApplyPlan(
    IReadOnlyList<(string Name, string Document)> Checks, IReadOnlyList<(string Name, string Document)> Locations, IReadOnlyList<(string Name, string Document)> Windows, ApplyReport Report)
{
    internal bool Changes => Checks.Count + Locations.Count + Windows.Count > 0;

    internal static ApplyPlan Make(DocumentSet documents, CatalogSnapshot current)
    {
        List<string> created = [], updated = [], unchanged = [];
        var locations = Sort("location", documents.Locations.Select(l => (l.Name, Text: CheckDocuments.Write(l))),
            name => current.Locations.TryGetValue(name, out var old) ? CheckDocuments.Write(old) : null);
        var checks = Sort("check", documents.Checks.Select(c => (c.Name, Text: CheckDocuments.Write(c))),
            name => current.Checks.TryGetValue(name, out var old) ? CheckDocuments.Write(old.Check) : null);
        var windows = Sort("maintenance", documents.Windows.Select(w => (w.Name, Text: CheckDocuments.Write(w))),
            name => current.Windows.TryGetValue(name, out var old) ? CheckDocuments.Write(old.Window) : null);
        return new ApplyPlan(checks, locations, windows, new ApplyReport(created, updated, unchanged, []));

        List<(string, string)> Sort(string kind, IEnumerable<(string Name, string Text)> wanted, Func<string, string?> stored)
        {
            var changed = new List<(string, string)>();
            foreach (var (name, text) in wanted)
            {
                var old = stored(name);
                (old is null ? created : old == text ? unchanged : updated).Add($"{kind}/{name}");
                if (old != text)
                {
                    changed.Add((name, text));
                }
            }

            return changed;
        }
    }
}
