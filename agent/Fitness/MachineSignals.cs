using System.Globalization;
using System.Net.NetworkInformation;

namespace Probes.Agent.Fitness;

/// <summary>Totals as the system counts them since the process or its group of processes started; null where it does not say.</summary>
internal readonly record struct MachineTotals(TimeSpan? Throttled, TimeSpan Collecting, TimeSpan? Queued, long Slices);

/// <summary>Reads the totals as they are now.</summary>
internal delegate MachineTotals ReadMachine();

/// <summary>Reads what Linux tells of this process and its limits. Elsewhere only the runtime's own counts are known.</summary>
internal sealed class MachineSignals
{
    private readonly string? _cpuStat = new[] { "/sys/fs/cgroup/cpu.stat", $"/sys/fs/cgroup{Group("")}/cpu.stat", "/sys/fs/cgroup/cpu/cpu.stat", $"/sys/fs/cgroup/cpu{Group("cpu")}/cpu.stat" }
        .FirstOrDefault(f => File.Exists(f) && Throttled(f) is not null);

    public MachineTotals Read()
    {
        var (queued, slices) = Queued();
        return new MachineTotals(_cpuStat is null ? null : Throttled(_cpuStat), GC.GetTotalPauseDuration(), queued, slices);
    }

    public static bool InterfaceUp()
    {
        try
        {
            return NetworkInterface.GetIsNetworkAvailable();
        }
        catch (NetworkInformationException)
        {
            // Not to be told here.
            return true;
        }
    }

    // Documentation/scheduler/sched-stats.rst: time on the CPU, time waiting for one, time slices; nanoseconds, for each thread.
    private static (TimeSpan? Queued, long Slices) Queued()
    {
        try
        {
            var (waited, slices) = (0L, 0L);
            Span<byte> text = stackalloc byte[96];
            foreach (var thread in Directory.EnumerateDirectories("/proc/self/task"))
            {
                using var file = Open($"{thread}/schedstat");
                if (file is not null && Parse(text[..RandomAccess.Read(file, text, 0)]) is { } read)
                {
                    waited += read.Waited;
                    slices += read.Slices;
                }
            }

            return slices == 0 ? (null, 0) : (TimeSpan.FromMicroseconds(waited / 1000), slices);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (null, 0);
        }
    }

    private static Microsoft.Win32.SafeHandles.SafeFileHandle? Open(string path)
    {
        try
        {
            return File.OpenHandle(path);
        }
        catch (IOException)
        {
            // A thread that has ended meanwhile.
            return null;
        }
    }

    internal static (long Waited, long Slices)? Parse(ReadOnlySpan<byte> schedstat)
    {
        Span<Range> parts = stackalloc Range[4];
        Span<char> text = stackalloc char[96];
        var line = text[..System.Text.Encoding.ASCII.GetChars(schedstat.TrimEnd((byte)'\n'), text)];
        return ((ReadOnlySpan<char>)line).Split(parts, ' ') == 3 && long.TryParse(line[parts[1]], CultureInfo.InvariantCulture, out var waited)
            && long.TryParse(line[parts[2]], CultureInfo.InvariantCulture, out var slices) ? (waited, slices) : null;
    }

    // cgroup v2 counts microseconds, v1 nanoseconds. Null without a limit or the file.
    private static TimeSpan? Throttled(string file)
    {
        try
        {
            foreach (var line in File.ReadLines(file))
            {
                var micros = line.StartsWith("throttled_usec ", StringComparison.Ordinal);
                if ((micros || line.StartsWith("throttled_time ", StringComparison.Ordinal)) && long.TryParse(line.AsSpan(15), CultureInfo.InvariantCulture, out var value))
                {
                    return TimeSpan.FromMicroseconds(micros ? value : value / 1000);
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Not to be told here.
        }

        return null;
    }

    private static string Group(string controller)
    {
        try
        {
            return File.ReadLines("/proc/self/cgroup").Select(l => l.Split(':', 3)).FirstOrDefault(p => p.Length == 3 && p[1].Split(',').Contains(controller))?[2].TrimEnd('/') ?? "";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
