using System.Text.Json;
using Probes.Faults.Accounting;
using Probes.Faults.Parts;

namespace Probes.Faults.Plans;

/// <summary>The table, and whether it holds.</summary>
internal sealed class Verdict(World world, IReadOnlyList<Window> windows, List<Judged> judged, int unseen)
{
    /// <summary>Prints everything; returns the exit code.</summary>
    public async Task<int> PrintAsync()
    {
        var incidents = await IncidentsAsync();
        var width = windows.Max(w => w.Name.Length);
        Console.WriteLine();
        Console.WriteLine($"{"fault".PadRight(width)}   seen  stored  duplicates  dropped  missed  lost  twice  recovered  false incidents");
        foreach (var window in windows)
        {
            Console.WriteLine(window.Skipped is { } why ? $"{window.Name.PadRight(width)}  left out: {why}" : Row(window.Name.PadRight(width), window, incidents));
        }

        var all = new Window("all", windows[0].FromUs) { ToUs = windows[^1].ToUs, Duplicates = windows.Sum(w => w.Duplicates), Recovered = windows.Max(w => w.Recovered) };
        Console.WriteLine(Row("all".PadRight(width), all, incidents));
        foreach (var reason in world.Cannot)
        {
            Console.WriteLine($"not to be had here: {reason}");
        }

        var faults = await FaultsAsync(incidents);
        foreach (var fault in faults)
        {
            Console.WriteLine($"FAILED: {fault}");
        }

        Console.WriteLine(faults.Count == 0 ? "nothing lost, nothing counted twice, nothing false" : $"{faults.Count} findings");
        return faults.Count == 0 ? 0 : 1;
    }

    private string Row(string name, Window window, List<(long AtUs, string Text)> incidents)
    {
        var mine = judged.Where(j => j.AtUs >= window.FromUs && j.AtUs < window.ToUs).ToList();
        int Of(Fate fate) => mine.Count(j => j.Fate == fate);
        var recovered = window.Recovered is { } seconds ? $"{seconds:0.0} s" : "no";
        return $"{name} {mine.Count(j => j.Number >= 0),6} {Of(Fate.Stored),7} {window.Duplicates,11} {Of(Fate.Dropped),8} {Of(Fate.Missed),7} {Of(Fate.Lost),5} {Of(Fate.Twice),6} "
            + $"{recovered,10} {incidents.Count(i => i.AtUs >= window.FromUs && i.AtUs < window.ToUs),16}";
    }

    private async Task<List<string>> FaultsAsync(List<(long AtUs, string Text)> incidents)
    {
        var faults = incidents.Select(i => $"false incident: {i.Text}").ToList();
        faults.AddRange(windows.Where(w => w is { Skipped: null, Recovered: null }).Select(w => $"{w.Name}: not recovered"));
        faults.AddRange(Worst(Fate.Lost, "lost").Concat(Worst(Fate.Twice, "counted twice")));
        faults.AddRange(windows.Where(w => w.Drops && !judged.Any(j => j.Fate == Fate.Dropped && j.AtUs >= w.FromUs && j.AtUs < w.ToUs))
            .Select(w => $"{w.Name}: nothing was reported dropped"));
        if (unseen > 0)
        {
            faults.Add($"{unseen} results are stored of requests that the target never saw");
        }

        foreach (var process in world.Replicas.Select(r => r.Process).Concat(world.Workers.Select(w => w.Process)).Where(p => p.Died))
        {
            faults.Add($"{process.Name} ended by itself");
        }

        foreach (var replica in world.Replicas)
        {
            await replica.CountAsync();
            var (received, stored, duplicate, rejected) = (replica.Counters["probes_results_received_total"], replica.Counters["probes_results_stored_total"],
                replica.Counters["probes_results_duplicate_total"], replica.Counters["probes_results_rejected_total"]);

            // What a killed process was about to count is not known; one that was not killed must be exact.
            if (replica.Process.Kills.Count == 0 && Math.Abs(received - stored - duplicate - rejected) > 0)
            {
                faults.Add($"{replica.Process.Name}: received {received} is not stored {stored} + duplicate {duplicate} + rejected {rejected}");
            }
        }

        return faults;
    }

    private IEnumerable<string> Worst(Fate fate, string what) => judged.Where(j => j.Fate == fate)
        .GroupBy(j => (Window: windows.LastOrDefault(w => w.FromUs <= j.AtUs)?.Name ?? "before", Agent: World.AgentOf(j.Check)))
        .Select(g => $"{g.Key.Window}: {g.Count()} of {g.Key.Agent} {what}, the first {g.MinBy(j => j.AtUs).Check} #{g.MinBy(j => j.AtUs).Number} at "
            + $"{DateTimeOffset.UnixEpoch.AddMicroseconds(g.Min(j => j.AtUs)):HH:mm:ss.fff}, the last at {DateTimeOffset.UnixEpoch.AddMicroseconds(g.Max(j => j.AtUs)):HH:mm:ss.fff}");

    // The target answered everything at once, so there is nothing to be told of it.
    private async Task<List<(long AtUs, string Text)>> IncidentsAsync()
    {
        var reply = await world.Replicas[0].GetAsync("/api/v1/incidents?limit=1000");
        return [.. reply.EnumerateArray().Select(i => (Opened(i), i.GetRawText()))];
    }

    private static long Opened(JsonElement incident) =>
        (incident.GetProperty("startedAt").GetDateTimeOffset() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
