using System.Diagnostics;
using System.Globalization;

namespace Probes.Benchmarks.Agents;

/// <summary>A process under measurement; ended by its id.</summary>
internal sealed class Measured : IDisposable
{
    // USER_HZ: 100 on every Linux that .NET runs on.
    private const double TicksPerSecond = 100;

    private readonly Process _process;
    private bool _over;

    private Measured(Process process) => _process = process;

    public static Measured Start(string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        process.OutputDataReceived += (_, _) => { };
        process.ErrorDataReceived += (_, e) => { if (Environment.GetEnvironmentVariable("BENCH_VERBOSE") is not null) { Console.Error.WriteLine(e.Data); } };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new Measured(process);
    }

    public static Measured Orchestrator(params string[] arguments) => Product("orchestrator", arguments);

    /// <summary>A program of the product, as built for release beside this one.</summary>
    public static Measured Product(string program, params string[] arguments)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(root.FullName, "Probes.sln")))
        {
            root = root.Parent!;
        }

        return Start("dotnet", [Path.Combine(root.FullName, program, "bin", "Release", "net10.0", $"{program}.dll"), .. arguments]);
    }

    public bool HasExited => _process.HasExited;

    /// <summary>User and system time so far, in seconds, from /proc/PID/stat.</summary>
    public double CpuSeconds()
    {
        var stat = File.ReadAllText($"/proc/{_process.Id}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return (double.Parse(fields[11], CultureInfo.InvariantCulture) + double.Parse(fields[12], CultureInfo.InvariantCulture)) / TicksPerSecond;
    }

    /// <summary>Resident memory now, in MB.</summary>
    public double MemoryMb()
    {
        var line = File.ReadLines($"/proc/{_process.Id}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    public void Dispose()
    {
        if (_over)
        {
            return;
        }

        _over = true;
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
