using Microsoft.Extensions.Logging;

namespace Probes.Agent.Run;

// Event ids 260 to 279.
internal static partial class Log
{
    [LoggerMessage(260, LogLevel.Error, "The probe of check '{Check}' failed by a fault of this agent")]
    public static partial void ProbeFailed(ILogger logger, Exception error, string check);

    [LoggerMessage(261, LogLevel.Error, "A result of check '{Check}' could not be spooled")]
    public static partial void NotSpooled(ILogger logger, Exception error, string check);

    [LoggerMessage(262, LogLevel.Debug, "Check '{Check}' missed {Count} runs from {First:u}: the agent did not run")]
    public static partial void Gap(ILogger logger, string check, long count, DateTimeOffset first);
}
