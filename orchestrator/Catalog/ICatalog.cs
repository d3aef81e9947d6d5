using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Catalog;

/// <summary>What is defined: the snapshot everything reads, and the one way to change it.</summary>
public interface ICatalog
{
    /// <summary>Never null; empty until the store has answered.</summary>
    CatalogSnapshot Current { get; }

    /// <summary>Raised after <see cref="Current"/> has been swapped.</summary>
    event Action Changed;

    /// <summary>Applies documents that were read without error; all or nothing. Checks that refer to a location that is neither known nor in the set are errors.</summary>
    Task<ApplyReport> ApplyAsync(DocumentSet documents, bool dryRun, CancellationToken ct);

    /// <summary>False when there is no such live check.</summary>
    Task<bool> DeleteCheckAsync(string name, CancellationToken ct);

    /// <summary>False when no such maintenance window is in force. What was maintenance until now stays so in every account.</summary>
    Task<bool> DeleteWindowAsync(string name, CancellationToken ct);

    /// <summary>Reads the store again: after an enrolment, or when another replica has changed it.</summary>
    Task RefreshAsync(CancellationToken ct);
}

/// <summary>What an apply did, or would do: "check/NAME", "location/NAME" or "maintenance/NAME" by what became of it. With errors nothing was changed.</summary>
public sealed record ApplyReport(
    IReadOnlyList<string> Created, IReadOnlyList<string> Updated, IReadOnlyList<string> Unchanged, IReadOnlyList<DocumentError> Errors);
