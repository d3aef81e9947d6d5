namespace Probes.Orchestrator.Rollups;

/// <summary>Ids 3100 to 3149.</summary>
internal static partial class Log
{
    [LoggerMessage(3100, LogLevel.Warning, "Rolling up failed and will be tried again")]
    public static partial void RollUpFailed(ILogger logger, Exception error);

    [LoggerMessage(3101, LogLevel.Warning, "Hour and day rollups could not be made and will be tried again in a few seconds")]
    public static partial void TiersFailed(ILogger logger, Exception error);
}
