using System.Diagnostics.Metrics;

namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>Counts of confirmations since the start.</summary>
internal sealed class ConfirmationMetrics
{
    private readonly Counter<long> _made;
    private readonly Counter<long> _dropped;

    public ConfirmationMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("Probes.Orchestrator");
        _made = meter.CreateCounter<long>("probes_confirmations_total", "{confirmation}", "Suspicions that other agents were asked about");
        _dropped = meter.CreateCounter<long>("probes_confirmations_dropped_total", "{confirmation}", "Suspicions that nobody was asked about though it was time, by reason");
    }

    public void Made() => _made.Add(1);

    /// <param name="reason">"rate": over Detection:Confirmation:PerMinute; "busy": too many under way; "failed": the answers could not be stored.</param>
    public void Dropped(string reason) => _dropped.Add(1, new KeyValuePair<string, object?>("reason", reason));
}
