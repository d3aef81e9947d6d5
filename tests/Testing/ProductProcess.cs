using System.Collections.Concurrent;
using System.Diagnostics;
using Probes.Tests.Structure;

namespace Probes.Tests.Testing;

/// <summary>The orchestrator or the agent as a process of its own, as built beside these tests; ended by its id.</summary>
internal sealed class ProductProcess : IDisposable
{
#if DEBUG
    private const string Configuration = "Debug";
#else
    private const string Configuration = "Release";
#endif

    private readonly Process _process;
    private readonly ConcurrentQueue<string> _lines = new();

    private ProductProcess(string program, string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var assembly = Path.Combine(Repository.Root, program, "bin", Configuration, "net10.0", $"{program}.dll");
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>What it has printed so far, on either stream.</summary>
    public string Output => string.Join('\n', _lines);

    /// <param name="program">"orchestrator" or "agent".</param>
    /// <param name="folder">Where it runs.</param>
    public static ProductProcess Start(string program, string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null) =>
        new(program, folder, arguments, environment);

    /// <summary>Runs to the end; fails the test when it takes longer than 60 s.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(
        string program, string folder, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
    {
        using var process = Start(program, folder, arguments, environment);
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await process._process.WaitForExitAsync(deadline.Token);
        return (process._process.ExitCode, process.Output);
    }

    /// <summary>Ends it at once, as a crash would.</summary>
    public void Kill()
    {
        if (!_process.HasExited)
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private void Keep(string? line)
    {
        if (line is not null)
        {
            _lines.Enqueue(line);
        }
    }
}
