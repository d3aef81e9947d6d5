namespace Probes.Orchestrator.Detection.Season;

/// <summary>What is usual at this time, where that decided.</summary>
/// <param name="Basis">What it was taken from.</param>
/// <param name="Points">Days, weeks, hours or runs that it rests on.</param>
/// <param name="UsualMs">Expected median (of slow runs: 95th percentile), milliseconds.</param>
/// <param name="MostMs">Up to this it is usual, milliseconds.</param>
public sealed record SeasonEvidence(Basis Basis, int Points, double UsualMs, double MostMs)
{
    /// <summary>Such as "usual at this time of day, by 3 days".</summary>
    internal string Words => Basis switch
    {
        Basis.TimeOfDay => $"usual at this time of day, by {Points} days",
        Basis.TimeOfWeek => $"usual at this time of the week, by {Points} weeks",
        Basis.TimeOfDayAndLevel => $"usual at this time of day as things are lately, by {Points} hours",
        Basis.JustBefore => $"what the {Points} runs just before took, so that it changes little by little",
        _ => $"usual lately, by {Points} hours",
    };
}
