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

    internal Task<bool> DeleteCheckAsync(Caller caller, string name, CancellationToken ct) => DeleteAsync(catalog.DeleteCheckAsync, caller, "check", name, ct);

    internal Task<bool> DeleteWindowAsync(Caller caller, string name, CancellationToken ct) => DeleteAsync(catalog.DeleteWindowAsync, caller, "maintenance", name, ct);

    private async Task<bool> DeleteAsync(Func<string, CancellationToken, Task<bool>> delete, Caller caller, string kind, string name, CancellationToken ct)
    {
        var before = Text($"{kind}/{name}", catalog.Current);
        if (!await delete(name, ct))
        {
            return false;
        }

        await audit.WriteAsync(caller, $"{kind}.delete", $"{kind}/{name}", before, null, CancellationToken.None, QualifiedName.ProjectOf(name));
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
        var document = kind switch
        {
            "check" => snapshot.Checks.TryGetValue(name, out var check) ? CheckDocuments.Write(check.Check) : null,
            "location" => snapshot.Locations.TryGetValue(name, out var location) ? CheckDocuments.Write(location) : null,
            _ => snapshot.Windows.TryGetValue(name, out var window) ? CheckDocuments.Write(window.Window) : null,
        };
        return document is null ? null : JsonSerializer.Serialize(JsonElement.Parse(document), AuditJson.Options);
    }

    private static (string Kind, string Name) Split(string target) => target.Split('/', 2) is [var kind, var name] ? (kind, name) : (target, "");
}
