namespace Probes.Orchestrator.Ingest;

// Event ids 500 to 519.
internal static partial class Log
{
    [LoggerMessage(500, LogLevel.Warning, "A message of {Size} bytes from '{Source}' was kept as a dead letter: {Reason}")]
    public static partial void DeadLettered(ILogger logger, int size, string source, string reason);

    [LoggerMessage(501, LogLevel.Error, "Could not store a group of {Count} batches (attempt {Attempt}); it is tried again")]
    public static partial void StoreFailed(ILogger logger, Exception error, int count, int attempt);

    [LoggerMessage(502, LogLevel.Error, "Could not pass on a relayed batch; its agent tries again")]
    public static partial void RelayFailed(ILogger logger, Exception error);

    [LoggerMessage(503, LogLevel.Warning, "The store did not tell what the next results need (attempt {Attempt}); it is asked again: {Why}")]
    public static partial void StoreSilent(ILogger logger, int attempt, string why);
}
