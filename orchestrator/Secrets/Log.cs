namespace Probes.Orchestrator.Secrets;

/// <summary>Events 1400 to 1419. Names only, never a value.</summary>
internal static partial class Log
{
    [LoggerMessage(1400, LogLevel.Warning, "secrets could not be read, it is tried again: {Reason}")]
    internal static partial void NotRead(ILogger logger, string reason);

    [LoggerMessage(1401, LogLevel.Error, "secret {Project}/{Name} cannot be decrypted with the keys of this orchestrator: set it again; checks that refer to it do not run until then")]
    internal static partial void NotDecrypted(ILogger logger, string project, string name);
}
