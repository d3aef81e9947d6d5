namespace Probes.Orchestrator.Detection;

/// <summary>What a region's level depends on besides the present judgment. Immutable.</summary>
/// <param name="Since">When the present level began, by the first window that showed it.</param>
internal sealed record DetectorState(Level Level, DateTimeOffset Since, Level Candidate, int InARow, DateTimeOffset CandidateSince)
{
    public static DetectorState New(DateTimeOffset now) => new(Level.Unknown, now, Level.Unknown, 0, now);

    public bool Flagged => Level is Level.Degraded or Level.Down;

    /// <summary>A look has found something, but not yet often enough.</summary>
    public bool Suspected => !Flagged && InARow > 0 && Candidate is Level.Degraded or Level.Down;

    /// <summary>The state after one more judgment: levels are entered and left only after several in a row, or at once when it is certain.</summary>
    /// <param name="judgment">What the look says.</param>
    /// <param name="now">When it was made.</param>
    /// <param name="options">How many in a row it takes to enter a level.</param>
    /// <param name="toLeave">How many healthy ones it takes to be well again.</param>
    public DetectorState After(Judgment judgment, DateTimeOffset now, DetectorOptions options, int toLeave)
    {
        var level = judgment.Level;
        if (level == Level)
        {
            return this with { Candidate = level, InARow = 0, CandidateSince = now };
        }

        // Silence ends no incident; what was flagged stays so until it is seen to be healthy.
        if (level == Level.Unknown && Flagged)
        {
            return this with { Candidate = level, InARow = 0, CandidateSince = now };
        }

        var flagging = judgment.Flags;
        var began = flagging ? judgment.Began : now;
        // Degraded and down in turn are one finding while neither has been entered.
        var again = level == Candidate || (flagging && !Flagged && Candidate is Level.Degraded or Level.Down);
        var (row, since) = again ? (InARow + 1, CandidateSince) : (1, began);
        var needed = Level == Level.Unknown && !flagging || level == Level.Unknown ? 1
            : flagging && judgment.Certain ? 1
            : flagging ? options.ToEnter : toLeave;
        return row >= needed
            // From degraded to down and back it is one incident: it began when the region stopped being healthy.
            ? new DetectorState(level, flagging && Flagged ? Since : since, level, 0, now)
            : this with { Candidate = level, InARow = row, CandidateSince = since };
    }
}
