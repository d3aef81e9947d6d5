namespace Probes.Orchestrator.Embedded;

/// <summary>Events 1250 to 1299.</summary>
internal static partial class Log
{
    [LoggerMessage(1250, LogLevel.Information, "demo: {Sentence}")]
    internal static partial void DemoFault(ILogger logger, string sentence);

    [LoggerMessage(1251, LogLevel.Error, "the embedded agent {Name} failed to start; it is tried again")]
    internal static partial void AgentFailed(ILogger logger, Exception fault, string name);

    [LoggerMessage(1252, LogLevel.Information, "demo: probing {Url} from {Regions}")]
    internal static partial void DemoStarted(ILogger logger, string url, string regions);

    [LoggerMessage(1253, LogLevel.Warning, "the embedded agent {Name} is not known to this store and enrols again: {Reason}")]
    internal static partial void AgentEnrolsAgain(ILogger logger, string name, string reason);

    [LoggerMessage(1254, LogLevel.Error, "the embedded agent {Name} has stopped and is started again: {Reason}")]
    internal static partial void AgentStopped(ILogger logger, string name, string reason);
}
