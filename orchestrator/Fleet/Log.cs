namespace Probes.Orchestrator.Fleet;

/// <summary>Events 1350 to 1399.</summary>
internal static partial class Log
{
    [LoggerMessage(1350, LogLevel.Warning, "fences could not be read or stored, it is tried again: {Reason}")]
    internal static partial void FencesNotStored(ILogger logger, string reason);

    [LoggerMessage(1351, LogLevel.Warning, "the checks of agent {Name} in {Location} went to others; what it runs from {From:HH:mm:ss.fff} UTC on does not count until it is back")]
    internal static partial void Fenced(ILogger logger, string name, string location, DateTimeOffset from);

    [LoggerMessage(1352, LogLevel.Information, "agent {Name} in {Location} has its checks again from {From:HH:mm:ss.fff} UTC on")]
    internal static partial void Unfenced(ILogger logger, string name, string location, DateTimeOffset from);

    [LoggerMessage(1353, LogLevel.Warning, "location {Location} has no room for {Checks} checks ({Load:0.##} runs/s): add an agent, or raise a capacity")]
    internal static partial void Sheds(ILogger logger, string location, int checks, double load);

    [LoggerMessage(1354, LogLevel.Warning, "runs on demand for and by other orchestrators wait: {Reason}")]
    internal static partial void CallsNotRead(ILogger logger, string reason);
}
