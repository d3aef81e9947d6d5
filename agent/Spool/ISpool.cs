using Probes.Contracts.Results;

namespace Probes.Agent.Spool;

/// <summary>Takes results and keeps them until they are confirmed. Totals are since the process started.</summary>
public interface ISpool
{
    /// <summary>Keeps a result; never waits for the disk.</summary>
    void Append(RunResult result);

    /// <summary>Lets what was appended so far go out without waiting for company.</summary>
    void Hurry();

    /// <summary>Results not yet confirmed.</summary>
    long Depth { get; }

    /// <summary>Results given up because the spool was full, they were too old, or the disk did not take them.</summary>
    long Dropped { get; }

    /// <summary>Results that could not be read back, or that the orchestrator refused for good.</summary>
    long Quarantined { get; }
}
