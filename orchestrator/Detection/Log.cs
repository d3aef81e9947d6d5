namespace Probes.Orchestrator.Detection;

// Ids 7000 to 7099.
internal static partial class Log
{
    [LoggerMessage(7000, LogLevel.Error, "Judging failed; it is tried again with the next round")]
    public static partial void JudgingFailed(ILogger logger, Exception fault);

    [LoggerMessage(7001, LogLevel.Information, "{Check} in {Region} is now {Level}: {Sentence}")]
    public static partial void Judged(ILogger logger, string check, string region, Level level, string sentence);

    [LoggerMessage(7020, LogLevel.Information, "Answers for {Check} differ: {Differences}")]
    public static partial void AnswersDiffer(ILogger logger, string check, string differences);

    [LoggerMessage(7021, LogLevel.Error, "Answers were not compared; it is tried again with the next round")]
    public static partial void AnswersNotRead(ILogger logger, Exception fault);

    [LoggerMessage(7002, LogLevel.Warning, "Incident {Incident}, {Kind}: {Text}")]
    public static partial void IncidentChanged(ILogger logger, long incident, string kind, string text);

    [LoggerMessage(7010, LogLevel.Warning, "{Check} in {Region} could not be confirmed: {Why}")]
    public static partial void ConfirmingFailed(ILogger logger, string check, string region, string why);
}
