using System.Globalization;
using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Detection.Blame;

/// <summary>Causes in words, each with what speaks for it.</summary>
internal static class Words
{
    public static Cause Of(Weighed found)
    {
        var c = found.Candidate;
        var phase = c.Culprit == Culprit.Region && found.Open.All(s => s.Verdict.Evidence.FailureSource == "dns") ? Phase.Dns : Blamer.PhaseOf(found.Open);
        var (checks, regions) = (Count(found.Open.DistinctBy(s => s.Verdict.Check).Count(), "check"), Count(found.Open.DistinctBy(s => s.Verdict.Region).Count(), "region"));
        var others = found.Well == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {found.Well} {(found.Well == 1 ? "is" : "are")} well");
        var text = c.Culprit switch
        {
            Culprit.Target => $"the target {c.Target}: worse from {regions} at once{others}",
            Culprit.Agent => $"agent {c.Agent} in {c.Region}: {checks} that it runs are worse, and what others run there is well",
            _ => $"{(phase == Phase.Dns ? "the resolver" : "the network")} of {c.Region}: {checks} of different targets are worse there at once{others}",
        };
        return new Cause(c.Culprit, c.Target, c.Region, c.Agent, phase, found.Worse, found.Well, text);
    }

    public static Cause OfAgent(AgentEvidence agent, string region, IReadOnlyCollection<Sign> signs)
    {
        var others = signs.Max(s => s.Verdict.Evidence.ByAgent!.Count(a => !a.Worse));
        return new Cause(Culprit.Agent, "", region, agent.Agent, Blamer.PhaseOf(signs), signs.Count, others,
            others == 0 ? $"agent {agent.Agent} in {region}: it alone saw it at first, and sees it most"
                : $"agent {agent.Agent} in {region}: it alone sees it, {Count(others, "other agent")} of the region {(others == 1 ? "does" : "do")} not, in the same checks");
    }

    public static Cause OfEverything(IReadOnlyCollection<Sign> signs, int well) => new(Culprit.Everything, "", "", "", Blamer.PhaseOf(signs), signs.Count, well,
        $"something that all share: {Count(signs.DistinctBy(s => s.Target).Count(), "target")} are worse from {Count(signs.DistinctBy(s => s.Verdict.Region).Count(), "region")} at once"
        + (well == 0 ? "" : $", {Count(well, "check-region")} {(well == 1 ? "is" : "are")} well"));

    public static Cause OfOne(Sign sign, Culprit culprit, int elsewhere, int beside)
    {
        var (v, phase) = (sign.Verdict, sign.Verdict.Evidence.Phase);
        var rests = (elsewhere, beside) switch
        {
            (0, 0) => "nothing else can be held against it",
            (0, _) => $"{Count(beside, "other check")} of {v.Region} {(beside == 1 ? "is" : "are")} well; no other region tells of {sign.Target}",
            (_, 0) => $"it is well from {Count(elsewhere, "other region")}; no other target is checked from {v.Region}",
            _ => $"it is well from {Count(elsewhere, "other region")}, and {Count(beside, "other check")} of {v.Region} {(beside == 1 ? "is" : "are")} well",
        };
        if (v.Evidence.Answers is [var first, ..])
        {
            rests = culprit == Culprit.Answer ? $"{first}; {rests}" : $"{rests}; {first}";
        }

        return culprit switch
        {
            Culprit.Answer => new Cause(culprit, sign.Target, v.Region, "", phase, 1, elsewhere + beside, $"what {v.Region} is answered for {sign.Target}: {rests}"),
            Culprit.Target => new Cause(culprit, sign.Target, "", "", phase, 1, elsewhere + beside, $"the target {sign.Target}, by what its runs say; {rests}"),
            Culprit.Region => new Cause(culprit, "", v.Region, "", phase, 1, elsewhere + beside, $"the resolver of {v.Region}, by what its runs say; {rests}"),
            _ => new Cause(culprit, sign.Target, v.Region, "", phase, 1, elsewhere + beside, $"the way from {v.Region} to {sign.Target}, or the point of presence that serves it: {rests}"),
        };
    }

    private static string Count(int count, string what) => string.Create(CultureInfo.InvariantCulture, $"{count} {what}{(count == 1 ? "" : "s")}");
}
