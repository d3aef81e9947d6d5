using Microsoft.Extensions.Logging;
using Probes.Contracts.Results;

namespace Probes.Agent.Spool;

// Event ids 300 to 319.
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Error, "The spool '{Folder}' could not be written; results stay in memory, and go out from there, for now")]
    public static partial void WriteFailed(ILogger logger, Exception error, string folder);

    [LoggerMessage(301, LogLevel.Warning, "Spool segment {Path} is damaged: {Lost} results cannot be read and are reported as lost, {Left} are still to come; the file is kept as .quarantined")]
    public static partial void SegmentDamaged(ILogger logger, string path, long left, long lost);

    [LoggerMessage(302, LogLevel.Warning, "Gave up {Count} spooled results: {Reason}; the orchestrator will be told")]
    public static partial void SegmentDropped(ILogger logger, long count, GapReason reason);

    [LoggerMessage(304, LogLevel.Information, "The spool '{Folder}' can be written again")]
    public static partial void DiskBack(ILogger logger, string folder);

    [LoggerMessage(303, LogLevel.Error, "The orchestrator refused {Count} results for good (epoch {Epoch}, from sequence {First}); they are kept as .quarantined")]
    public static partial void BatchRefused(ILogger logger, int count, long epoch, long first);
}
