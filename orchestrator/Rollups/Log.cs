namespace Probes.Orchestrator.Rollups;

/// <summary>Ids 3100 to 3149.</summary>
internal static partial class Log
{
    [LoggerMessage(3100, LogLevel.Warning, "Rolling up failed and will be tried again")]
    public static partial void RollUpFailed(ILogger logger, Exception error);
}
