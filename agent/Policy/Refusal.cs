namespace Probes.Agent.Policy;

/// <summary>What this agent does not touch, and by which rule.</summary>
/// <param name="Reason"><see cref="PolicyDenied"/> or <see cref="AddressRefused"/>.</param>
/// <param name="Message">One sentence that names what was refused and the rule.</param>
internal sealed record Refusal(string Reason, string Message)
{
    /// <summary>A rule of the agent's policy file.</summary>
    public const string PolicyDenied = "policy_denied";

    /// <summary>A special-purpose address where the agent's location has no business.</summary>
    public const string AddressRefused = "address_refused";

    public override string ToString() => $"{Reason}: {Message}";
}
