using Microsoft.Extensions.Logging;

namespace Probes.Agent.Spool;

// Event ids 300 to 319.
internal static partial class Log
{
    [LoggerMessage(300, LogLevel.Error, "The spool '{Folder}' could not be written; results stay in memory for now")]
    public static partial void WriteFailed(ILogger logger, Exception error, string folder);

    [LoggerMessage(301, LogLevel.Warning, "Spool segment {Path} is damaged: {Sound} results are delivered, {Lost} are lost, {Torn} torn; a damaged file is kept as .quarantined")]
    public static partial void SegmentDamaged(ILogger logger, string path, long sound, long lost, long torn);

    [LoggerMessage(302, LogLevel.Warning, "Dropped {Count} spooled results: {Why}")]
    public static partial void SegmentDropped(ILogger logger, long count, string why);

    [LoggerMessage(303, LogLevel.Error, "The orchestrator refused {Count} results for good (epoch {Epoch}, from sequence {First}); they are kept as .quarantined")]
    public static partial void BatchRefused(ILogger logger, int count, long epoch, long first);
}
