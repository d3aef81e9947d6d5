using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Catalog;

/// <summary>What came of the watched folder; swapped whole.</summary>
/// <param name="Folder">Empty when none is watched.</param>
/// <param name="Errors">Of the files as they are now; with any, nothing of them was applied.</param>
public sealed record CatalogWatchReport(string Folder, DateTimeOffset? AppliedAt, int Files, IReadOnlyList<DocumentError> Errors);

/// <summary>Where the last report of the watched folder is to be read.</summary>
public sealed class CatalogWatchStatus
{
    private volatile CatalogWatchReport _current = new("", null, 0, []);

    public CatalogWatchReport Current
    {
        get => _current;
        internal set => _current = value;
    }
}
