namespace Probes.Orchestrator.Access;

/// <summary>Events 1000 to 1049.</summary>
internal static partial class Log
{
    [LoggerMessage(1000, LogLevel.Information, "an administrator's key was made and written to {Path}")]
    internal static partial void AdminKeyWritten(ILogger logger, string path);

    [LoggerMessage(1001, LogLevel.Warning, "sign-in with {Target} from {Address} was refused: {Reason}")]
    internal static partial void SignInRefused(ILogger logger, string target, string address, string reason);

    [LoggerMessage(1002, LogLevel.Information, "signed in: {Kind} {Name}")]
    internal static partial void SignedIn(ILogger logger, string kind, string name);

    [LoggerMessage(1003, LogLevel.Warning, "{Name} ({Role}) may not {Method} {Path}: it needs the role {Needed}")]
    internal static partial void Forbidden(ILogger logger, string name, Role? role, string method, string path, Role needed);

    [LoggerMessage(1004, LogLevel.Warning, "old audit entries could not be removed; tried again in an hour")]
    internal static partial void AuditNotExpired(ILogger logger, Exception fault);

    [LoggerMessage(1005, LogLevel.Warning, "{Setting} is reached; refused from {Address} and perhaps others")]
    internal static partial void Limited(ILogger logger, string setting, string address);

    [LoggerMessage(1006, LogLevel.Warning, "sign-in at the identity provider failed")]
    internal static partial void ProviderFailed(ILogger logger, Exception? fault);
}
