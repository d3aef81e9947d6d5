using MassTransit;

namespace Probes.Orchestrator.Ingest;

/// <summary>The bus's end of the intake: acknowledged when the intake returns, delivered again when it throws.</summary>
internal sealed class BatchConsumer(BatchIntake intake, IngestReceipts receipts, IHostApplicationLifetime lifetime) : IConsumer<Batch<RawBatch>>
{
    public async Task Consume(ConsumeContext<Batch<RawBatch>> context)
    {
        var group = context.Message.Select(m => m.Message).ToArray();

        // The bus waits for its consumers before it cancels them: a group that waits for the store must be given back at a stop, not after it.
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        try
        {
            await intake.TakeAsync(group, stopping.Token);
        }
        catch (Exception error)
        {
            Array.ForEach(group, raw => receipts.Fail(raw.MessageId, error));
            throw;
        }
    }
}
