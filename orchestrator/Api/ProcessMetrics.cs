using System.Diagnostics;

namespace Probes.Orchestrator.Api;

/// <summary>What this process uses, under the names that Prometheus' client libraries give it.</summary>
internal static class ProcessMetrics
{
    /// <param name="gauge">Called with name, help and value.</param>
    /// <param name="counter">Likewise.</param>
    public static void Each(Action<string, string, double> gauge, Action<string, string, double> counter)
    {
        using var self = Process.GetCurrentProcess();
        counter("process_cpu_seconds_total", "Processor time used, user and system, in seconds", self.TotalProcessorTime.TotalSeconds);
        gauge("process_resident_memory_bytes", "Resident memory", self.WorkingSet64);
        gauge("process_start_time_seconds", "When it started, in seconds since the Unix epoch", (self.StartTime.ToUniversalTime() - DateTime.UnixEpoch).TotalSeconds);
        gauge("dotnet_gc_live_heap_bytes", "Managed memory that the last full collection left in use; 0 before the first", LiveHeap());
        gauge("dotnet_gc_committed_bytes", "Memory that the collector held at its last collection, in use or not", GC.GetGCMemoryInfo(GCKind.Any).TotalCommittedBytes);
        counter("dotnet_gc_pause_seconds_total", "Time for which collections held everything up, in seconds", GC.GetTotalPauseDuration().TotalSeconds);
    }

    private static long LiveHeap()
    {
        var (blocking, background) = (GC.GetGCMemoryInfo(GCKind.FullBlocking), GC.GetGCMemoryInfo(GCKind.Background));
        var last = background.Index > blocking.Index ? background : blocking;
        return last.HeapSizeBytes - last.FragmentedBytes;
    }
}
