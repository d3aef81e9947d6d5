using Microsoft.Extensions.Logging;

namespace Probes.Agent.Fitness;

// Event ids 360 to 369.
internal static partial class Log
{
    [LoggerMessage(360, LogLevel.Warning, "This agent is unfit, and what it measures does not count: {What}: {Detail}")]
    public static partial void Unfit(ILogger logger, string what, string detail);

    [LoggerMessage(361, LogLevel.Information, "This agent is fit again: {What}")]
    public static partial void FitAgain(ILogger logger, string what);

    [LoggerMessage(362, LogLevel.Error, "A look at the agent's fitness failed; the next goes on")]
    public static partial void LookFailed(ILogger logger, Exception fault);
}
