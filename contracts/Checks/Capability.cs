namespace Probes.Contracts.Checks;

/// <summary>What a version understands beyond the first, as both sides name it at the beginning of a session. A name that the other does not know is ignored.</summary>
public static class Capability
{
    /// <summary>Acts on signed assignments, and on nothing else once it has pinned a key.</summary>
    public const string Signed = "signed";

    /// <summary>Takes secrets and puts them where checks refer to them.</summary>
    public const string Secrets = "secrets";

    /// <summary>Runs a check once when asked.</summary>
    public const string OnDemand = "on-demand";

    /// <summary>Changes over at the time an assignment names, and not before.</summary>
    public const string EffectiveTime = "effective-time";

    /// <summary>Judges itself, and says when its results cannot be trusted.</summary>
    public const string Fitness = "fitness";

    /// <summary>All that this version understands.</summary>
    public static IReadOnlyList<string> All { get; } = [Signed, Secrets, OnDemand, EffectiveTime, Fitness];
}
