using System.Net;

namespace Probes.Faults.Parts;

/// <summary>One agent process with its own two ways to the rest: to the orchestrators, to the broker.</summary>
internal sealed class Worker : IDisposable
{
    private readonly Link _session;
    private readonly Link _results;
    private readonly Namespace? _net;
    private readonly string _clock;

    /// <param name="name">Of the agent and of its location.</param>
    /// <param name="folder">Its data folder.</param>
    /// <param name="logs">Where what it prints goes.</param>
    /// <param name="token">Enrolment token.</param>
    /// <param name="orchestrators">Their gRPC ports.</param>
    /// <param name="broker">Its port.</param>
    /// <param name="net">Where it lives; null: with everyone.</param>
    /// <param name="ownClock">Its clock can be moved.</param>
    public Worker(string name, string folder, string logs, string token, int[] orchestrators, int broker, Namespace? net, bool ownClock)
    {
        (Name, Folder, _net, _clock) = (name, folder, net, Path.Combine(logs, $"{name}.clock"));
        var near = net?.Control ?? IPAddress.Loopback;
        (_session, _results) = (new Link(near, orchestrators), new Link(near, broker));
        File.WriteAllText(_clock, "+0\n");
        var environment = new Dictionary<string, string> { ["PROBES_TOKEN"] = token };
        if (ownClock && FakeTime is { } library)
        {
            environment["LD_PRELOAD"] = library;
            environment["FAKETIME_TIMESTAMP_FILE"] = _clock;
            environment["FAKETIME_CACHE_DURATION"] = "1";
            environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
            environment["FAKETIME_DONT_RESET"] = "1";
        }

        string[] run = [Programs.Of("agent"), "run", "--orchestrator", $"http://{near}:{_session.Port}", "--broker", $"amqp://guest:guest@{near}:{_results.Port}/",
            "--name", name, "--data", folder, "--allow-cidr", "127.0.0.0/8", "--allow-cidr", "10.0.0.0/8", "--allow-plaintext"];
        Process = net is null ? new LoggedProcess(name, logs, "dotnet", run, environment)
            : new LoggedProcess(name, logs, "ip", [.. net.Inside, "dotnet", .. run], environment);
        Process.Start();
    }

    /// <summary>Debian's libfaketime; null where it is not installed.</summary>
    public static string? FakeTime => Directory.Exists("/usr/lib") ? Directory.GetDirectories("/usr/lib", "*-linux-gnu")
        .Select(d => Path.Combine(d, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists) : null;

    public string Name { get; }

    public string Folder { get; }

    public LoggedProcess Process { get; }

    /// <summary>Cuts it off from orchestrators and broker; the target stays in reach.</summary>
    public void Cut()
    {
        if (_net is not null)
        {
            _net.CutControl();
            return;
        }

        _session.Cut();
        _results.Cut();
    }

    public void Mend()
    {
        _net?.Mend();
        _session.Mend();
        _results.Mend();
    }

    /// <summary>Moves its clock to so many seconds from the right time.</summary>
    public void MoveClock(int seconds) => File.WriteAllText(_clock, FormattableString.Invariant($"{(seconds < 0 ? "" : "+")}{seconds}\n"));

    public void Dispose()
    {
        Process.Dispose();
        _session.Dispose();
        _results.Dispose();
    }
}
