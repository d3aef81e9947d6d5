using Grpc.Core;
using Microsoft.Extensions.Logging;

namespace Probes.Agent.Publish;

// Event ids 320 to 339.
internal static partial class Log
{
    [LoggerMessage(320, LogLevel.Information, "Publishing to the broker at {Host}:{Port}")]
    public static partial void Connected(ILogger logger, string host, int port);

    [LoggerMessage(321, LogLevel.Warning, "Could not publish to the broker at {Host}:{Port}: {Reason}; results stay spooled")]
    public static partial void PublishFailed(ILogger logger, string host, int port, string reason);

    [LoggerMessage(322, LogLevel.Warning, "The broker has no queue behind exchange '{Exchange}': {Reason}; results stay spooled")]
    public static partial void Unroutable(ILogger logger, string exchange, string reason);

    [LoggerMessage(323, LogLevel.Warning, "The broker did not take a batch on exchange '{Exchange}'; results stay spooled")]
    public static partial void Refused(ILogger logger, string exchange);

    [LoggerMessage(324, LogLevel.Warning, "The orchestrator did not take a batch ({Code}: {Detail}); results stay spooled")]
    public static partial void RelayFailed(ILogger logger, StatusCode code, string detail);

    [LoggerMessage(325, LogLevel.Debug, "Closing the broker connection: {Reason}")]
    public static partial void CloseFailed(ILogger logger, string reason);

    [LoggerMessage(326, LogLevel.Information, "Stopped with {Count} results still spooled; they are published after the next start")]
    public static partial void StoppedWith(ILogger logger, long count);

    [LoggerMessage(327, LogLevel.Information, "Results go {Target}")]
    public static partial void Target(ILogger logger, string target);

    [LoggerMessage(329, LogLevel.Warning, "The broker cannot be reached: results go over gRPC for now; the broker is tried again in {Seconds:0} s")]
    public static partial void FellBack(ILogger logger, double seconds);

    [LoggerMessage(330, LogLevel.Information, "The broker is back: results go there again")]
    public static partial void CameBack(ILogger logger);

    [LoggerMessage(328, LogLevel.Error, "A batch could not be sent; it is tried again")]
    public static partial void SendFailed(ILogger logger, Exception error);

    [LoggerMessage(331, LogLevel.Warning, "The broker at {Host}:{Port} takes nothing for now: {Reason}; results stay spooled")]
    public static partial void Blocked(ILogger logger, string host, int port, string reason);

    [LoggerMessage(332, LogLevel.Information, "The broker at {Host}:{Port} takes results again")]
    public static partial void Unblocked(ILogger logger, string host, int port);
}
