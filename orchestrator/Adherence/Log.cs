namespace Probes.Orchestrator.Adherence;

/// <summary>Events 1350 to 1369.</summary>
internal static partial class Log
{
    [LoggerMessage(1350, LogLevel.Warning, "when checks are to run could not be written down; it is tried again: {Reason}")]
    internal static partial void NotKept(ILogger logger, string reason);

    [LoggerMessage(1351, LogLevel.Warning, "what ran lately could not be read: {Reason}")]
    internal static partial void NotRead(ILogger logger, string reason);
}
