namespace Probes.Agent.Fitness;

/// <summary>
/// Whether one side of the agent is unfit, with hysteresis: it begins with two bad looks in a row, or one that is certain, and ends after
/// <see cref="Leave"/> without a bad one. Immutable; times are those of the monitor's monotonic clock.
/// </summary>
/// <param name="Unfit">Now.</param>
/// <param name="Detail">The last bad look's.</param>
/// <param name="Since">When the evidence for it began.</param>
/// <param name="Bad">Bad looks in a row, before it is unfit.</param>
/// <param name="LastBad">The last look that was not good.</param>
internal readonly record struct Condition(bool Unfit, string Detail, TimeSpan Since, int Bad, TimeSpan LastBad)
{
    public const int Enter = 2;
    public static readonly TimeSpan Leave = TimeSpan.FromSeconds(20);

    public static readonly Condition Fit = new(false, "", default, 0, default);

    /// <param name="look">What was seen.</param>
    /// <param name="at">Now.</param>
    /// <param name="before">The look before: what is wrong now may have begun right after it.</param>
    public Condition After(Look look, TimeSpan at, TimeSpan before)
    {
        switch (look.Health)
        {
            case Health.Bad or Health.Certain when Unfit:
                return this with { Detail = look.Detail, LastBad = at };
            case Health.Bad or Health.Certain:
                var since = Bad > 0 && Since < (look.Since ?? before) ? Since : look.Since ?? before;
                return new Condition(look.Health == Health.Certain || Bad + 1 >= Enter, look.Detail, since, Bad + 1, at);
            case Health.Suspect:
                return Unfit ? this with { LastBad = at } : Fit;
            default:
                return Unfit && at - LastBad < Leave ? this : Fit;
        }
    }
}
