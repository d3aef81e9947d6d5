namespace Probes.Orchestrator.Store;

/// <summary>Ids 3000 to 3049.</summary>
internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Information, "Store is ready: {Place}")]
    public static partial void Ready(ILogger logger, string place);

    [LoggerMessage(3001, LogLevel.Warning, "Store is not usable: {Reason} Trying again in {Seconds:0.0} s.")]
    public static partial void NotReady(ILogger logger, string reason, double seconds);

    [LoggerMessage(3002, LogLevel.Information, "Retention removed {Rows} rows older than their time")]
    public static partial void Expired(ILogger logger, long rows);

    [LoggerMessage(3003, LogLevel.Warning, "Retention failed and will be tried again in an hour")]
    public static partial void ExpireFailed(ILogger logger, Exception error);
}
