using System.Diagnostics.Metrics;

namespace Probes.Tests.Orchestrator.Ingest;

/// <summary>Adds up what the meters of one factory say.</summary>
internal sealed class IngestCounts : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _counts = [];

    public IngestCounts(IMeterFactory factory)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter.Scope, factory))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            lock (_counts)
            {
                _counts[instrument.Name] = _counts.GetValueOrDefault(instrument.Name) + value;
                foreach (var tag in tags)
                {
                    _counts[$"{instrument.Name}/{tag.Value}"] = _counts.GetValueOrDefault($"{instrument.Name}/{tag.Value}") + value;
                }
            }
        });
        _listener.Start();
    }

    public long Received => this["probes_results_received_total"];
    public long Stored => this["probes_results_stored_total"];
    public long Duplicate => this["probes_results_duplicate_total"];
    public long Rejected => this["probes_results_rejected_total"];
    public long DeadLettered => this["probes_batches_dead_lettered_total"];

    public long this[string name]
    {
        get
        {
            lock (_counts)
            {
                return _counts.GetValueOrDefault(name);
            }
        }
    }

    public long RejectedFor(string reason) => this[$"probes_results_rejected_total/{reason}"];

    public void Dispose() => _listener.Dispose();
}
