namespace Probes.Orchestrator.Detection.Blame;

/// <summary>How a pair of check and region bears on a cause.</summary>
internal enum Bearing
{
    /// <summary>Nothing is known of it now; it speaks neither for nor against.</summary>
    Silent,

    /// <summary>Well, by runs made since the trouble began.</summary>
    Well,

    /// <summary>Not flagged, but no longer like its baseline: it speaks against nothing, and half for.</summary>
    Leaning,

    /// <summary>Flagged.</summary>
    Worse,
}

/// <summary>One pair as the blame sees it.</summary>
/// <param name="Target">Host that the check is about; checks of one host stand and fall together.</param>
/// <param name="Interval">Of the check.</param>
internal sealed record Sign(Verdict Verdict, string Target, TimeSpan Interval)
{
    /// <summary>p-value and chance of being slower from which a pair is not clearly well, far below what flags it.</summary>
    private const double LeaningP = 0.01;
    private const double LeaningSuperiority = 0.65;
    private const double LeaningLoss = 0.1;

    /// <summary>For so long one that is well again speaks against nothing: what all have in common does not end everywhere at once.</summary>
    private static readonly TimeSpan Cooling = TimeSpan.FromMinutes(15);

    /// <summary>In maintenance nothing is: it was expected.</summary>
    public bool Flagged => Verdict is { Level: Level.Degraded or Level.Down, Maintenance: null };

    /// <summary>It is flagged, or was until some minutes ago.</summary>
    public bool Lately => Verdict.JudgedAt - Verdict.FlaggedAt < Cooling;

    /// <summary>What it says of a trouble that began at a moment.</summary>
    public Bearing Since(DateTimeOffset began)
    {
        var e = Verdict.Evidence;
        return Flagged ? Bearing.Worse
            : Verdict.Level == Level.Unknown || Verdict.Maintenance is not null || e.Runs == 0 ? Bearing.Silent
            : Lately || Verdict.Suspected || (e.PValue < LeaningP && e.Superiority > LeaningSuperiority) || e.Availability < (e.BaselineAvailability ?? 1) - LeaningLoss ? Bearing.Leaning
            // Two of its runs must have been made, and told of, since.
            : Verdict.JudgedAt - began < (2 * Interval) + TimeSpan.FromSeconds(10) ? Bearing.Silent
            : Bearing.Well;
    }
}
