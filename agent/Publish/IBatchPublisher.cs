namespace Probes.Agent.Publish;

/// <summary>What became of a publish, and what to do about it.</summary>
public enum PublishOutcome
{
    /// <summary>Safe on the other side: the spool may forget it.</summary>
    Confirmed,

    /// <summary>Not confirmed: keep it and try again later, after a pause with jitter.</summary>
    Retry,

    /// <summary>Refused for good (malformed or too large): quarantine it, count it, go on.</summary>
    Refused,
}

/// <summary>Brings one serialized batch to the orchestrator. Implementations: RabbitMQ, and relay over gRPC.</summary>
public interface IBatchPublisher : IAsyncDisposable
{
    ValueTask<PublishOutcome> PublishAsync(ReadOnlyMemory<byte> batch, CancellationToken ct);
}
