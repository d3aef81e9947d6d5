using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Access;

namespace Probes.Orchestrator.Catalog;

/// <summary>Changes of the catalog that somebody makes: each thing that was changed is on record with its documents before and after.</summary>
internal sealed class AuditedCatalog(ICatalog catalog, Audit audit)
{
    internal async Task<ApplyReport> ApplyAsync(Caller caller, DocumentSet documents, bool dryRun, CancellationToken ct)
    {
        var before = catalog.Current;
        var report = await catalog.ApplyAsync(documents, dryRun, ct);
        if (!dryRun && report.Errors.Count == 0)
        {
            var after = catalog.Current;
            // It is done: that the caller hangs up now must not keep it off the record.
            await audit.WriteAsync(caller, [.. report.Created.Concat(report.Updated).Select(t => Note(t, before, after))], CancellationToken.None);
        }

        return report;
    }

    internal async Task<bool> DeleteCheckAsync(Caller caller, string name, CancellationToken ct)
    {
        var before = Text($"check/{name}", catalog.Current);
        if (!await catalog.DeleteCheckAsync(name, ct))
        {
            return false;
        }

        await audit.WriteAsync(caller, "check.delete", $"check/{name}", before, null, CancellationToken.None, QualifiedName.ProjectOf(name));
        return true;
    }

    private static AuditNote Note(string target, CatalogSnapshot before, CatalogSnapshot after)
    {
        var (kind, name) = Split(target);
        return new AuditNote($"{kind}.apply", target, Text(target, before), Text(target, after), QualifiedName.ProjectOf(name));
    }

    private static string? Text(string target, CatalogSnapshot snapshot)
    {
        var (kind, name) = Split(target);
        var document = kind == "check"
            ? snapshot.Checks.TryGetValue(name, out var check) ? CheckDocuments.Write(check.Check) : null
            : snapshot.Locations.TryGetValue(name, out var location) ? CheckDocuments.Write(location) : null;
        return document is null ? null : JsonSerializer.Serialize(JsonElement.Parse(document), AuditJson.Options);
    }

    private static (string Kind, string Name) Split(string target) => target.Split('/', 2) is [var kind, var name] ? (kind, name) : (target, "");
}
