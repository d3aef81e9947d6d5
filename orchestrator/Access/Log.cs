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

    [LoggerMessage(1003, LogLevel.Warning, "{Name} ({Role}) may not {Method} {Path}: it needs the role {Needed}")]
    internal static partial void Forbidden(ILogger logger, string name, Role? role, string method, string path, Role needed);

    [LoggerMessage(1004, LogLevel.Warning, "old audit entries could not be removed; tried again in an hour")]
    internal static partial void AuditNotExpired(ILogger logger, Exception fault);
}
