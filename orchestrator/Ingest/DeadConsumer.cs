using MassTransit;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Ingest;

/// <summary>Brings what the broker gave up on into the one list of dead letters, where people see it.</summary>
internal sealed class DeadConsumer(IResultStore store, IngestMetrics metrics, TimeProvider time, ILogger<DeadConsumer> log, IHostApplicationLifetime lifetime) : IConsumer<RawBatch>
{
    /// <summary>Orchestrators died of it, or could not store it, that often.</summary>
    internal static readonly string Reason = $"undeliverable: delivered {BusTopology.DeliveryLimit} times, and never taken";

    public async Task Consume(ConsumeContext<RawBatch> context)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        var raw = context.Message;
        await new StoreRetry(store, metrics, time, log).AskAsync(
            async ct =>
            {
                var source = raw.UserId.Length > 0 ? raw.UserId : BatchIntake.UnknownSource;
                await store.AddDeadLetterAsync(new DeadLetter(0, time.GetUtcNow(), source, Reason, raw.Body.Length, raw.Body[..Math.Min(raw.Body.Length, DeadLetters.MostBytes)].ToArray()), ct);
                metrics.DeadLettered();
                Log.DeadLettered(log, raw.Body.Length, source, Reason);
                return true;
            },
            stopping.Token);
    }
}
