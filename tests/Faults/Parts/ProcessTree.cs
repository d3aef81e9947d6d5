using System.Diagnostics;
using System.Globalization;

namespace Probes.Faults.Parts;

/// <summary>Signals to a process and all it started, by their ids.</summary>
internal static class ProcessTree
{
    /// <param name="signal">Such as KILL, STOP, CONT.</param>
    public static void Signal(string signal, params int[] roots)
    {
        var ids = roots.Where(r => r > 0).SelectMany(Below).Select(id => id.ToString(CultureInfo.InvariantCulture)).ToArray();
        if (ids.Length > 0)
        {
            // One that has gone meanwhile is no error.
            using var kill = Process.Start(new ProcessStartInfo("kill", [$"-{signal}", .. ids]) { RedirectStandardError = true })!;
            kill.WaitForExit();
        }
    }

    /// <summary>It, and all below it.</summary>
    public static List<int> Below(int root)
    {
        var children = Directory.EnumerateDirectories("/proc").Select(d => int.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var id) ? id : 0)
            .Where(id => id > 0).Select(id => (Id: id, Parent: Parent(id))).ToLookup(p => p.Parent, p => p.Id);
        List<int> all = [root];
        for (var i = 0; i < all.Count; i++)
        {
            all.AddRange(children[all[i]]);
        }

        return all;
    }

    /// <summary>Resident memory of a process and all below it, in MB.</summary>
    public static double MemoryMb(int root) => Below(root).Sum(id => Read($"/proc/{id}/status").Where(l => l.StartsWith("VmRSS:", StringComparison.Ordinal))
        .Sum(l => double.Parse(l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture))) / 1024;

    private static int Parent(int id)
    {
        var stat = string.Concat(Read($"/proc/{id}/stat"));
        return stat.LastIndexOf(')') is var end and > 0 ? int.Parse(stat[(end + 2)..].Split(' ')[1], CultureInfo.InvariantCulture) : 0;
    }

    private static string[] Read(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (IOException)
        {
            return [];
        }
    }
}
