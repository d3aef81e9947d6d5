using System.Diagnostics;

namespace Probes.Faults.Parts;

/// <summary>A process that can be killed, paused and started again; what it prints goes to one file.</summary>
internal sealed class LoggedProcess(string name, string logs, string program, IReadOnlyList<string> arguments, IReadOnlyDictionary<string, string> environment) : IDisposable
{
    private readonly Lock _lock = new();
    private readonly StreamWriter _log = new(Path.Combine(logs, name + ".log"), append: true) { AutoFlush = true };
    private Process? _process;
    private bool _over;

    public string Name => name;

    public int Id => _process?.Id ?? 0;

    /// <summary>Arguments that it gets besides at its next start.</summary>
    public IReadOnlyList<string> More { get; set; } = [];

    /// <summary>Lines of errors it has logged.</summary>
    public int Errors { get; private set; }

    /// <summary>It ended without being told to.</summary>
    public bool Died => _process is { HasExited: true } && !_over;

    /// <summary>When it was killed, in microseconds since the Unix epoch.</summary>
    public List<long> Kills { get; } = [];

    public void Start()
    {
        var start = new ProcessStartInfo(program, [.. arguments, .. More]) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = logs };
        foreach (var (key, value) in environment)
        {
            start.Environment[key] = value;
        }

        _over = false;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, e) => Keep(e.Data);
        _process.ErrorDataReceived += (_, e) => Keep(e.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        Keep($"--- started {TimeProvider.System.GetUtcNow():O}");
    }

    public void Kill()
    {
        _over = true;
        Kills.Add(Clock.NowUs);
        ProcessTree.Signal("KILL", Id);
        _process?.WaitForExit();
        _process?.Dispose();
        _process = null;
        Keep($"--- killed {TimeProvider.System.GetUtcNow():O}");
    }

    /// <summary>Stops it as an operator would; runs that are under way come to their end.</summary>
    public async Task StopAsync()
    {
        _over = true;
        ProcessTree.Signal("TERM", Id);
        if (_process is { } process)
        {
            await process.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(30));
            process.Dispose();
            _process = null;
        }

        Keep($"--- stopped {TimeProvider.System.GetUtcNow():O}");
    }

    public void Pause() => ProcessTree.Signal("STOP", Id);

    public void Resume() => ProcessTree.Signal("CONT", Id);

    public void Dispose()
    {
        if (_process is not null)
        {
            Kill();
        }

        lock (_lock)
        {
            _log.Dispose();
        }
    }

    private void Keep(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_lock)
        {
            Errors += line.StartsWith("fail:", StringComparison.Ordinal) || line.StartsWith("crit:", StringComparison.Ordinal)
                || line.Contains("Unhandled exception", StringComparison.Ordinal) ? 1 : 0;
            if (_log.BaseStream is { CanWrite: true })
            {
                _log.WriteLine(line);
            }
        }
    }
}
