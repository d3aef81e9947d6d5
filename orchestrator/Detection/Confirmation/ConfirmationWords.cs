namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>Confirming runs in words.</summary>
internal static class ConfirmationWords
{
    private const int MostNamed = 3;

    /// <summary>Such as "confirmed by agent eu-2 in eu-west: timeout; well from us-east"; empty when nobody was asked or nobody answered.</summary>
    public static string Of(string region, IReadOnlyCollection<ConfirmingRun> runs)
    {
        var latest = runs.GroupBy(r => r.AgentId).Select(g => g.MaxBy(r => r.At)!).Where(r => r.Passed is not null).ToList();
        var (there, elsewhere) = (latest.Where(r => r.Region == region && !r.Again).ToList(), latest.Where(r => r.Region != region).ToList());
        return string.Join("; ", new[]
        {
            Each(latest.Where(r => r is { Again: true, Passed: false }), r => r.Reason, "failed when it was run again at once: "),
            Each(latest.Where(r => r is { Again: true, Passed: true }), r => $"agent {r.Agent}", "passed when run again at once by "),
            Each(there.Where(r => r.Passed == false), r => $"agent {r.Agent} in {r.Region}: {r.Reason}", "confirmed by "),
            Each(there.Where(r => r.Passed == true), r => $"agent {r.Agent}", "not seen there by "),
            Each(elsewhere.Where(r => r.Passed == false).DistinctBy(r => r.Region), r => $"{r.Region}: {r.Reason}", "fails likewise from "),
            Each(elsewhere.Where(r => r.Passed == true).DistinctBy(r => r.Region), r => r.Region, "well from "),
        }.Where(w => w.Length > 0));
    }

    private static string Each(IEnumerable<ConfirmingRun> runs, Func<ConfirmingRun, string> word, string head)
    {
        var all = runs.ToList();
        return all.Count == 0 ? "" : head + string.Join(", ", all.Take(MostNamed).Select(word)) + (all.Count > MostNamed ? $" and {all.Count - MostNamed} more" : "");
    }
}
