namespace Probes.Orchestrator.Ingest;

/// <summary>A batch as it came, not looked into yet.</summary>
internal sealed record RawBatch
{
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The sender, as the broker validated it; empty over the relay or when the sender set none.</summary>
    public string UserId { get; init; } = "";

    /// <summary>Set when somebody waits for this very batch to be stored.</summary>
    public Guid? MessageId { get; init; }
}
