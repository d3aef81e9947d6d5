namespace Probes.Contracts.Mapping;

/// <summary>Names of metadata that both sides know.</summary>
public static class Headers
{
    /// <summary>Trailer of a refused session: milliseconds before which the agent should not come again.</summary>
    public const string RetryAfterMs = "retry-after-ms";
}
