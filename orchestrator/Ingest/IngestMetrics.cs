using System.Diagnostics.Metrics;
using Probes.Contracts.Results;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Ingest;

/// <summary>Counts of results and messages since the start. Always: received = stored + duplicate + rejected.</summary>
internal sealed class IngestMetrics
{
    private readonly Counter<long> _received;
    private readonly Counter<long> _stored;
    private readonly Counter<long> _duplicate;
    private readonly Counter<long> _rejected;
    private readonly Counter<long> _dropped;
    private readonly Counter<long> _deadLetters;
    private readonly Counter<long> _storeFailures;

    public IngestMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Probes.Orchestrator");
        _received = meter.CreateCounter<long>("probes_results_received_total", "{result}", "Results in batches that were dealt with");
        _stored = meter.CreateCounter<long>("probes_results_stored_total", "{result}", "Results stored");
        _duplicate = meter.CreateCounter<long>("probes_results_duplicate_total", "{result}", "Results that had been stored before");
        _rejected = meter.CreateCounter<long>("probes_results_rejected_total", "{result}", "Results not stored, by reason");
        _dropped = meter.CreateCounter<long>("probes_results_dropped_total", "{result}", "Results that agents made and report given up, by reason; they are not among the received");
        _deadLetters = meter.CreateCounter<long>("probes_batches_dead_lettered_total", "{batch}", "Messages kept as dead letters");
        _storeFailures = meter.CreateCounter<long>("probes_store_failures_total", "{attempt}", "Attempts to store a group that failed");
    }

    public void Settled(BatchReading reading, StoreOutcome outcome)
    {
        _received.Add(reading.Received);
        _stored.Add(outcome.Stored);
        _duplicate.Add(outcome.Duplicate);
        foreach (var (reason, count) in reading.Rejected)
        {
            _rejected.Add(count, new KeyValuePair<string, object?>("reason", reason));
        }

        foreach (var gap in outcome.Gaps ?? [])
        {
            _dropped.Add(gap.Count, new KeyValuePair<string, object?>("reason", Reason(gap.Reason)));
        }
    }

    internal static string Reason(GapReason reason) => reason switch
    {
        GapReason.SpoolFull => "spool_full",
        GapReason.Expired => "expired",
        GapReason.Disk => "disk",
        GapReason.Corrupt => "corrupt",
        _ => "refused",
    };

    public void DeadLettered() => _deadLetters.Add(1);

    public void StoreFailed() => _storeFailures.Add(1);
}
