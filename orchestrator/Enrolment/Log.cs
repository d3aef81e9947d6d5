namespace Probes.Orchestrator.Enrolment;

/// <summary>Events 1150 to 1199.</summary>
internal static partial class Log
{
    [LoggerMessage(1150, LogLevel.Information, "agent {Name} enrolled in {Location} with token {Token}")]
    internal static partial void Enrolled(ILogger logger, string name, string location, string token);

    [LoggerMessage(1151, LogLevel.Warning, "an enrolment with token {Token} from {Address} was refused: {Outcome}")]
    internal static partial void Refused(ILogger logger, string token, string address, EnrolOutcome outcome);
}
