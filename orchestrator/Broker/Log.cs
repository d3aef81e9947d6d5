namespace Probes.Orchestrator.Broker;

/// <summary>Events 1250 to 1269.</summary>
internal static partial class Log
{
    [LoggerMessage(1250, LogLevel.Information, "broker connections of agent {Agent} were ended ({Count}; -1: the broker does not say how many)")]
    internal static partial void Closed(ILogger logger, string agent, int count);

    [LoggerMessage(1251, LogLevel.Error, "broker connections of agent {Agent} could not be ended: {Reason}; trying again")]
    internal static partial void NotClosed(ILogger logger, string agent, string reason);

    [LoggerMessage(1252, LogLevel.Warning, "Broker:ManagementUrl is not set: the broker connection of an agent that is disabled lives on until it breaks; what comes over it is refused")]
    internal static partial void NoManagement(ILogger logger);
}
