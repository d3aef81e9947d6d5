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
}
