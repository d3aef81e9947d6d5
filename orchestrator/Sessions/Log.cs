namespace Probes.Orchestrator.Sessions;

/// <summary>Events 1200 to 1249.</summary>
internal static partial class Log
{
    [LoggerMessage(1200, LogLevel.Information, "agent {Name} connected in {Location}, version {Version}")]
    internal static partial void Connected(ILogger logger, string name, string location, string version);

    [LoggerMessage(1201, LogLevel.Information, "agent {Name} disconnected")]
    internal static partial void Disconnected(ILogger logger, string name);

    [LoggerMessage(1202, LogLevel.Warning, "agent {Name} was cut off: {Reason}")]
    internal static partial void Cut(ILogger logger, string name, string reason);

    [LoggerMessage(1203, LogLevel.Warning, "a second process with the identity of agent {Name} was refused")]
    internal static partial void IdentityInUse(ILogger logger, string name);

    [LoggerMessage(1204, LogLevel.Error, "assigning checks failed; it is tried again")]
    internal static partial void RoundFailed(ILogger logger, Exception fault);

    [LoggerMessage(1205, LogLevel.Warning, "when agents were last seen could not be written: {Reason}")]
    internal static partial void LastSeenNotWritten(ILogger logger, string reason);

    [LoggerMessage(1206, LogLevel.Warning, "when agents were last seen could not be read: {Reason}")]
    internal static partial void LastSeenNotRead(ILogger logger, string reason);

    [LoggerMessage(1207, LogLevel.Warning, "the other orchestrators could not be asked, nothing is moved meanwhile: {Reason}")]
    internal static partial void NotAgreed(ILogger logger, string reason);
}
