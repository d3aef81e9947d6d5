namespace Probes.Orchestrator.Embedded;

/// <summary>Section <c>Embedded</c>.</summary>
internal sealed class EmbeddedOptions
{
    /// <summary>Run one agent inside this process; default true. The demo runs its own instead.</summary>
    public bool Enabled { get; set; } = true;

    /// <summary>Let it probe special-purpose addresses too, such as this machine's own; default true. False: as its location allows.</summary>
    public bool AnyAddress { get; set; } = true;

    /// <summary>A defined location; default <c>local</c>.</summary>
    public string Location { get; set; } = "local";
}
