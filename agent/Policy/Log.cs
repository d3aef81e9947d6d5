using Microsoft.Extensions.Logging;
using Probes.Contracts.Checks;

namespace Probes.Agent.Policy;

// Event ids 340 to 349.
internal static partial class Log
{
    [LoggerMessage(340, LogLevel.Information, "This agent probes what may be touched from its location: {Location}")]
    public static partial void Located(ILogger logger, LocationType location);

    [LoggerMessage(341, LogLevel.Warning, "'{Path}' cannot be used: {Reason}; a restart without the orchestrator would take this for a cloud location")]
    public static partial void LocationNotKept(ILogger logger, string path, string reason);
}
