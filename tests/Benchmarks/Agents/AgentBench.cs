using Probes.Contracts.Checks;

namespace Probes.Benchmarks.Agents;

/// <summary>
/// The agent as users run it (schedule, probe, assert, spool, publish) beside blackbox_exporter at the same pace, interleaved.
/// Prints CPU per probe, their ratio, lateness of starts, and memory.
/// </summary>
internal static class AgentBench
{
    private static readonly TimeSpan Span = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);
    private const int Rounds = 3;

    public static async Task<int> RunAsync(string[] args)
    {
        var kinds = args.Length > 0 ? args : ["http", "https", "dns", "tcp"];
        var folder = Directory.CreateTempSubdirectory("probes-bench-").FullName;
        await using var targets = await Targets.StartAsync();
        await using var orchestrator = await BenchOrchestrator.StartAsync();
        using var blackbox = new BlackboxLoad(folder);
        using var agent = StartAgent(orchestrator.Port, folder);
        await blackbox.ReadyAsync();
        await WaitAsync(() => orchestrator.Shared.Connected || agent.HasExited);
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        Console.WriteLine($"idle and connected: agent {agent.MemoryMb():0} MB, blackbox_exporter {blackbox.Process.MemoryMb():0} MB");
        Console.WriteLine($"{"kind",-6} {"pace",6} {"agent ms",9} {"blackbox ms",12} {"ratio",6}  {"late p50",8} {"p99",6} {"passed",7}  {"agent MB",8} {"bb MB",6}");
        foreach (var kind in kinds)
        {
            foreach (var rate in kind is "https" ? new[] { 500 } : [500, 2000])
            {
                await CompareAsync(kind, rate, targets, orchestrator, agent, blackbox);
            }
        }

        Directory.Delete(folder, recursive: true);
        return 0;
    }

    private static Measured StartAgent(int port, string folder) => Measured.Product("agent",
        "run", "--orchestrator", $"http://127.0.0.1:{port}", "--token", "prb_bench", "--data", Path.Combine(folder, "agent"), "--allow-cidr", "127.0.0.0/8");

    private static async Task WaitAsync(Func<bool> until)
    {
        for (var i = 0; !until(); i++)
        {
            if (i > 300)
            {
                throw new TimeoutException("not ready within 30 s");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    private static async Task CompareAsync(
        string kind, int rate, Targets targets, BenchOrchestrator orchestrator, Measured agent, BlackboxLoad blackbox)
    {
        var (module, address, spec) = Kind(kind, targets);
        List<double> ours = [], theirs = [], ratios = [], late = [];
        double ourMemory = 0, theirMemory = 0;
        long passed = 0, ran = 0;
        for (var round = 0; round < Rounds; round++)
        {
            await orchestrator.Shared.AssignAsync(Checks(kind, rate, spec, round));
            await Task.Delay(Settle, TimeProvider.System);
            orchestrator.Shared.Take();
            var before = agent.CpuSeconds();
            await Task.Delay(Span, TimeProvider.System);
            var cpu = agent.CpuSeconds() - before;
            ourMemory = Math.Max(ourMemory, agent.MemoryMb());
            var results = orchestrator.Shared.Take();
            ran += results.Count;
            passed += results.Count(r => r.Status == Contracts.Wire.RunStatus.Passed);
            late.AddRange(results.Select(r => r.LateUs / 1000.0));
            var our = 1000 * cpu / results.Count;
            await orchestrator.Shared.AssignAsync([]);
            await Task.Delay(Settle, TimeProvider.System);

            before = blackbox.Process.CpuSeconds();
            var ok = await blackbox.ProbeAsync(module, address, rate, Span);
            var their = 1000 * (blackbox.Process.CpuSeconds() - before) / Math.Max(1, ok);
            theirMemory = Math.Max(theirMemory, blackbox.Process.MemoryMb());
            ours.Add(our);
            theirs.Add(their);
            ratios.Add(our / their);
        }

        late.Sort();
        Console.WriteLine(FormattableString.Invariant(
            $"{kind,-6} {rate,4}/s {Median(ours),9:0.000} {Median(theirs),12:0.000} {Median(ratios),6:0.00}  {late[late.Count / 2],8:0.0} {late[(int)(late.Count * 0.99)],6:0.0} {(double)passed / ran,7:0.0%}  {ourMemory,8:0} {theirMemory,6:0}"));
    }

    private static (string Module, string Target, ProbeSpec Spec) Kind(string kind, Targets t) => kind switch
    {
        "http" => ("http", $"http://127.0.0.1:{t.Http}/", new HttpSpec { Url = new Uri($"http://127.0.0.1:{t.Http}/") }),
        "https" => ("http", $"https://127.0.0.1:{t.Https}/", new HttpSpec { Url = new Uri($"https://127.0.0.1:{t.Https}/"), SkipCertificateCheck = true }),
        "dns" => ("dns", $"127.0.0.1:{t.Dns}", new DnsSpec { Name = "www.example.test", Server = "127.0.0.1", Port = t.Dns }),
        "tcp" => ("tcp", $"127.0.0.1:{t.Tcp}", new TcpSpec { Host = "127.0.0.1", Port = t.Tcp }),
        _ => throw new ArgumentException($"'{kind}' is not one of http, https, dns, tcp"),
    };

    private static List<Check> Checks(string kind, int rate, ProbeSpec spec, int round) =>
    [
        .. Enumerable.Range(0, rate).Select(i => new Check
        {
            Name = $"{kind}-{i}", Revision = round + 1, Interval = TimeSpan.FromSeconds(1), Timeout = TimeSpan.FromSeconds(1), Probe = spec,
            Assertions = kind is "http" or "https" ? [new StatusAssertion([new StatusRange(200, 200)])] : [],
        }),
    ];

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
