namespace Probes.Orchestrator.Signing;

/// <summary>Events 1180 to 1199.</summary>
internal static partial class Log
{
    [LoggerMessage(1180, LogLevel.Information, "assignments are signed with key {KeyId}")]
    internal static partial void InUse(ILogger logger, string keyId);

    [LoggerMessage(1181, LogLevel.Error, "agents cannot be served: {Reason}")]
    internal static partial void Unusable(ILogger logger, string reason);

    [LoggerMessage(1182, LogLevel.Warning, "signing keys could not be read again: {Reason}")]
    internal static partial void NotReread(ILogger logger, string reason);
}
