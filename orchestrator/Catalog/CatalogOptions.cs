using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Catalog;

/// <summary>Section <c>Catalog</c>.</summary>
internal sealed class CatalogOptions
{
    /// <summary>Folder whose *.yaml, *.yml and *.json are applied when they change; empty (default): none.</summary>
    public string Watch { get; set; } = "";

    /// <summary>Of which project the watched documents are that do not say: an RFC 1123 label, default "default".</summary>
    [RegularExpression("^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$")]
    public string WatchProject { get; set; } = "default";

    /// <summary>Seconds between looks for changes that other replicas made: 1 to 300, default 5.</summary>
    [Range(1, 300)]
    public int RefreshSeconds { get; set; } = 5;

    /// <summary>Seconds between looks at the watched folder, beside the system's notices, which some file systems do not send: 1 to 300, default 2.</summary>
    [Range(1, 300)]
    public int WatchSeconds { get; set; } = 2;
}

[OptionsValidator]
internal sealed partial class CatalogOptionsValidator : IValidateOptions<CatalogOptions>;
