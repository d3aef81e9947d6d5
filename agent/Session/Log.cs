using Microsoft.Extensions.Logging;

namespace Probes.Agent.Session;

// Event ids 200 to 239.
internal static partial class Log
{
    [LoggerMessage(200, LogLevel.Information, "Enrolled as {Name} in {Location}")]
    public static partial void Enrolled(ILogger logger, string name, string location);

    [LoggerMessage(201, LogLevel.Information, "This is {Name} in {Location}, enrolled before")]
    public static partial void Known(ILogger logger, string name, string location);

    [LoggerMessage(202, LogLevel.Warning, "Not enrolled yet: {Reason}; trying again in {Seconds:0.0} s")]
    public static partial void EnrolmentWaits(ILogger logger, string reason, double seconds);

    [LoggerMessage(203, LogLevel.Information, "Connected as {Name} in {Location} (region {Region})")]
    public static partial void Connected(ILogger logger, string name, string location, string region);

    [LoggerMessage(204, LogLevel.Warning, "Not connected: {Reason}; {Checks} checks go on, trying again in {Seconds:0.0} s")]
    public static partial void Ended(ILogger logger, string reason, int checks, double seconds);

    [LoggerMessage(205, LogLevel.Information, "Assignment {Revision}: {Checks} checks, {Refused} refused")]
    public static partial void Applied(ILogger logger, long revision, int checks, int refused);

    [LoggerMessage(206, LogLevel.Information, "Going on with {Checks} checks of assignment {Revision}")]
    public static partial void Restored(ILogger logger, int checks, long revision);

    [LoggerMessage(207, LogLevel.Warning, "The orchestrator asks this agent to drain: {Reason}")]
    public static partial void Draining(ILogger logger, string reason);

    [LoggerMessage(208, LogLevel.Warning, "The saved assignment '{Path}' is damaged and is ignored; the orchestrator is asked for a new one")]
    public static partial void AssignmentCorrupt(ILogger logger, string path);

    [LoggerMessage(209, LogLevel.Warning, "The saved assignment '{Path}' cannot be read: {Reason}")]
    public static partial void AssignmentUnreadable(ILogger logger, string path, string reason);

    [LoggerMessage(210, LogLevel.Warning, "The assignment cannot be saved to '{Path}': {Reason}; a restart without the orchestrator would not know it")]
    public static partial void AssignmentNotSaved(ILogger logger, string path, string reason);

    [LoggerMessage(211, LogLevel.Error, "A session broke by a fault of this agent")]
    public static partial void Broken(ILogger logger, Exception fault);

    [LoggerMessage(213, LogLevel.Information, "The credential was renewed; it is good until {Expires:yyyy-MM-dd HH:mm:ss} UTC")]
    public static partial void Renewed(ILogger logger, DateTime expires);

    [LoggerMessage(214, LogLevel.Warning, "The credential could not be renewed yet: {Reason}")]
    public static partial void RenewalWaits(ILogger logger, string reason);

    [LoggerMessage(215, LogLevel.Warning, "The orchestrator refuses to renew the credential: {Reason}")]
    public static partial void RenewalRefused(ILogger logger, string reason);

    [LoggerMessage(216, LogLevel.Information, "The orchestrator signs with another key now, {KeyId}, vouched for by the one known")]
    public static partial void KeyFollowed(ILogger logger, string keyId);

    [LoggerMessage(217, LogLevel.Information, "{Orchestrator} is reached through the proxy {Proxy}")]
    public static partial void Proxied(ILogger logger, string orchestrator, string proxy);

    [LoggerMessage(212, LogLevel.Warning, "{Remark}")]
    public static partial void TargetRemark(ILogger logger, string remark);
}
