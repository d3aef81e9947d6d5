namespace Probes.Contracts.Mapping;

/// <summary>What a version understands beyond the first one, as said in hello and welcome. A name the other side does not know is ignored.</summary>
public static class Capabilities
{
    /// <summary>Assignments and on-demand runs come signed, and nothing else is acted on.</summary>
    public const string Signed = "signed";

    /// <summary>Checks may refer to secrets.</summary>
    public const string Secrets = "secrets";

    /// <summary>A check can be run once, at once.</summary>
    public const string OnDemand = "on-demand";

    /// <summary>A change of assignment counts from a given due time on.</summary>
    public const string EffectiveTime = "effective-time";

    /// <summary>The agent judges its own health first.</summary>
    public const string Fitness = "fitness";
}
