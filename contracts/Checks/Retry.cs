namespace Probes.Contracts.Checks;

/// <summary>
/// A run that failed, by another fault than the agent's, is made again by the same agent: further attempts of the same due time, until one passes. The last attempt counts; the others are kept to be
/// seen, and are no runs of their own.
/// </summary>
/// <param name="Runs">Further attempts at most, 1 to 3, default 1.</param>
/// <param name="After">From the end of one to the start of the next, 0 s to 60 s, default 2 s.</param>
public sealed record Retry(int Runs, TimeSpan After)
{
    public const int MostRuns = 3;
    public static readonly TimeSpan LongestAfter = TimeSpan.FromSeconds(60);
    public static readonly TimeSpan DefaultAfter = TimeSpan.FromSeconds(2);

    /// <summary>Whether its numbers are allowed, and all attempts fit into the interval.</summary>
    public bool Fits(TimeSpan timeout, TimeSpan interval) =>
        Runs is >= 1 and <= MostRuns && After >= TimeSpan.Zero && After <= LongestAfter && Longest(timeout) <= interval;

    /// <summary>How long all attempts may take together.</summary>
    public TimeSpan Longest(TimeSpan timeout) => timeout + (Runs * (After + timeout));
}
