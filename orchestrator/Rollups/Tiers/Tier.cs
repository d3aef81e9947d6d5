using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Rollups.Tiers;

/// <summary>How finely history is kept; the numbers are those of the table <c>tiers</c>.</summary>
public enum Tier { Results = 0, Minute = 1, Hour = 2, Day = 3 }

/// <summary>How far one tier goes; minutes since the Unix epoch.</summary>
/// <param name="Gone">All before it has been, or is being, removed: nothing there may be made again from this tier.</param>
/// <param name="Built">All before it can be read; what came late is made good within seconds.</param>
/// <param name="Sealed">Rows that come in for before it mark what they change.</param>
public readonly record struct TierSpan(long Gone, long Built, long Sealed);

/// <summary>All tiers as they are now.</summary>
public sealed record TierState(TierSpan Results, TierSpan Minute, TierSpan Hour, TierSpan Day)
{
    public static readonly TierState Nothing = new(default, default, default, default);

    public TierSpan this[Tier tier] => tier switch { Tier.Results => Results, Tier.Minute => Minute, Tier.Hour => Hour, _ => Day };
}

/// <summary>One check's rollups of one hour or day have to be made (again).</summary>
/// <param name="CheckId">0: every check that has anything in it.</param>
public readonly record struct TierMark(long Id, long Minute, int CheckId)
{
    public const int EveryCheck = 0;
}

internal static class Tiers
{
    /// <summary>Minutes that one of its rollups covers.</summary>
    public static int Minutes(this Tier tier) => tier switch { Tier.Hour => 60, Tier.Day => 24 * 60, _ => 1 };

    public static Tier Finer(this Tier tier) => tier - 1;

    /// <summary>The first minute of the rollup that a minute lies in.</summary>
    public static long Floor(this Tier tier, long minute) => minute - Math.PosMod(minute, tier.Minutes());

    /// <summary>The first start of one at or after the minute.</summary>
    public static long Ceiling(this Tier tier, long minute) => minute + Math.PosMod(-minute, tier.Minutes());

    public static DateTimeOffset Time(long minute) => Micros.ToTime(minute * Micros.PerMinute);

    public static long MinuteOf(DateTimeOffset time) => Micros.MinuteOf(Micros.Of(time));

    private static class Math
    {
        public static long PosMod(long value, long by) => ((value % by) + by) % by;
    }
}
