using MassTransit;

namespace Probes.Orchestrator.Ingest;

/// <summary>The bus's end of the intake: acknowledged when the intake returns, delivered again when it throws.</summary>
internal sealed class BatchConsumer(BatchIntake intake, IngestReceipts receipts) : IConsumer<Batch<RawBatch>>
{
    public async Task Consume(ConsumeContext<Batch<RawBatch>> context)
    {
        var group = context.Message.Select(m => m.Message).ToArray();
        try
        {
            await intake.TakeAsync(group, context.CancellationToken);
        }
        catch (Exception error)
        {
            Array.ForEach(group, raw => receipts.Fail(raw.MessageId, error));
            throw;
        }
    }
}
