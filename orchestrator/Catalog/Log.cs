namespace Probes.Orchestrator.Catalog;

/// <summary>Events 1100 to 1149.</summary>
internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Error, "the stored {Kind} {Name} cannot be read and is left out: {Errors}")]
    internal static partial void Unreadable(ILogger logger, string kind, string name, string errors);

    [LoggerMessage(1101, LogLevel.Warning, "the catalog could not be read again: {Reason}")]
    internal static partial void RefreshFailed(ILogger logger, string reason);

    [LoggerMessage(1102, LogLevel.Information, "watching {Folder} for definitions")]
    internal static partial void Watching(ILogger logger, string folder);

    [LoggerMessage(1103, LogLevel.Information, "applied {Folder}: {Created} created, {Updated} updated, {Unchanged} unchanged")]
    internal static partial void Applied(ILogger logger, string folder, int created, int updated, int unchanged);

    [LoggerMessage(1104, LogLevel.Error, "not applied: {Error}")]
    internal static partial void NotApplied(ILogger logger, string error);

    [LoggerMessage(1105, LogLevel.Information, "the catalog is written again, as another writer came first: {Reason}")]
    internal static partial void WriteAgain(ILogger logger, string reason);
}
