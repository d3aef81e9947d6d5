using Probes.Contracts.Checks;
using Probes.Orchestrator.Detection.Blame;

namespace Probes.Benchmarks.Detection;

/// <summary>One pair that is flagged now, and what it is blamed on, if the judge says.</summary>
internal readonly record struct Finding(int Check, int Region, Culprit? Culprit, Phase? Phase);

/// <summary>A way to detect degradations, ours or another, that hears runs as they come and is asked now and then.</summary>
internal interface IJudge
{
    void Hear(in Told told);

    IReadOnlyList<Finding> Look(TimeSpan now);
}
