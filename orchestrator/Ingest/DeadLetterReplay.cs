using System.Globalization;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Ingest;

/// <summary>What became of a dead letter that was replayed.</summary>
/// <param name="Refusal">Why it was refused again, and kept anew with this reason; empty: it was taken.</param>
public sealed record ReplayOutcome(long Id, string Refusal);

/// <summary>
/// Sends dead letters through the intake once more, as from whoever sent them then: what is stored already is dropped as ever, so that a replay is never counted twice. And throws them away.
/// </summary>
internal sealed class DeadLetterReplay(DeadLetterBook book, BatchIntake intake, IngestReceipts receipts, Audit audit)
{
    /// <summary>Null when there is no such letter.</summary>
    public async Task<ReplayOutcome?> ReplayAsync(Caller caller, long id, CancellationToken ct)
    {
        if (await book.FindAsync(id, ct) is not { } letter)
        {
            return null;
        }

        var refusal = "only its first bytes were kept";
        if (letter.Size == letter.Body.Length)
        {
            var message = Guid.NewGuid();
            var receipt = receipts.Expect(message);
            try
            {
                await intake.TakeAsync([new RawBatch { Body = letter.Body, UserId = letter.Source == BatchIntake.UnknownSource ? "" : letter.Source, MessageId = message }], ct);
                refusal = await receipt.WaitAsync(ct);
            }
            finally
            {
                receipts.Forget(message);
            }

            // Refused again it is kept anew, with the reason of now. To be broken off before this leaves it twice in the list, which costs nothing.
            await book.RemoveAsync(id, ct);
        }

        await audit.WriteAsync(caller, "dead-letter.replay", Name(id), letter.Reason, refusal.Length > 0 ? "refused: " + refusal : "taken", ct);
        return new ReplayOutcome(id, refusal);
    }

    /// <summary>False when there is no such letter.</summary>
    public async Task<bool> DiscardAsync(Caller caller, long id, CancellationToken ct)
    {
        var letter = await book.FindAsync(id, ct);
        if (letter is null || !await book.RemoveAsync(id, ct))
        {
            return false;
        }

        await audit.WriteAsync(caller, "dead-letter.discard", Name(id), letter.Reason, null, ct);
        return true;
    }

    private static string Name(long id) => string.Create(CultureInfo.InvariantCulture, $"dead-letter/{id}");
}
