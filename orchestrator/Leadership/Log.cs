namespace Probes.Orchestrator.Leadership;

internal static partial class Log
{
    [LoggerMessage(1100, LogLevel.Information, "orchestrator {Replica} leads (epoch {Epoch})")]
    public static partial void Leads(ILogger logger, string replica, long epoch);

    [LoggerMessage(1101, LogLevel.Warning, "orchestrator {Replica} leads no longer: its lease ran out and another took it")]
    public static partial void Follows(ILogger logger, string replica);

    [LoggerMessage(1102, LogLevel.Warning, "whether this orchestrator leads could not be settled: {Reason}")]
    public static partial void NotRenewed(ILogger logger, string reason);

    [LoggerMessage(1103, LogLevel.Warning, "live events do not come from or go to other orchestrators now: {Reason}")]
    public static partial void NotHeard(ILogger logger, string reason);
}
