namespace Probes.Orchestrator.Access;

/// <summary>Events 1000 to 1049.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "an administrator's key was made and written to {Path}")]
    internal static partial void AdminKeyWritten(ILogger logger, string path);

    [LoggerMessage(1001, LogLevel.Warning, "a wrong key was given at sign-in from {Address}")]
    internal static partial void WrongKey(ILogger logger, string address);

    [LoggerMessage(1002, LogLevel.Information, "signed in with key {Name}")]
    internal static partial void SignedIn(ILogger logger, string name);
}
