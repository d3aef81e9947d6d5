namespace Probes.Orchestrator.Detection;

/// <summary>The latest verdicts.</summary>
public interface IVerdicts
{
    /// <summary>Latest verdict; one of level Unknown when nothing was judged yet.</summary>
    Verdict Of(string check, string region);

    IReadOnlyList<Verdict> All();
}
