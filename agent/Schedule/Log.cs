using Microsoft.Extensions.Logging;

namespace Probes.Agent.Schedule;

// Event ids 240 to 259.
internal static partial class Log
{
    [LoggerMessage(240, LogLevel.Information, "The clock moved by {Seconds:0.0} s; the schedule goes on from there")]
    public static partial void Realigned(ILogger logger, double seconds);

    [LoggerMessage(241, LogLevel.Error, "A round of the schedule failed; the next goes on")]
    public static partial void RoundFailed(ILogger logger, Exception error);
}
