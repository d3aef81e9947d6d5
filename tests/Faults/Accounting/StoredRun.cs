namespace Probes.Faults.Accounting;

/// <summary>A result in the store. Times in microseconds since the Unix epoch, by the agent's clock.</summary>
/// <param name="Code">What the target answered; 0 when no answer came.</param>
internal readonly record struct StoredRun(string Check, long DueUs, long LateUs, long DurationUs, int Code)
{
    public long StartUs => DueUs + LateUs;
}

/// <summary>A gap record in the store: runs an agent made and gave up.</summary>
/// <param name="Check">Null when the agent no longer knew it.</param>
internal readonly record struct GapRun(string? Check, string Agent, int Reason, long Runs, long FromUs, long ToUs);
