using System.Security.Cryptography;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Grpc.Core;
using Grpc.Net.Client;
using Probes.Agent.Session;
using Probes.Benchmarks.Agents;
using Probes.Contracts.Wire;
using Probes.Tests.Testing;

namespace Probes.Benchmarks.Sessions;

/// <summary>Thousands of agents, each with its own connection, on one orchestrator process: memory, heartbeats' CPU, and how fast a change reaches all.</summary>
internal static partial class SessionBench
{
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(5);

    public static async Task<int> RunAsync(string[] args)
    {
        var count = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 10_000;
        var folder = Directory.CreateTempSubdirectory("probes-bench-").FullName;
        var (http, grpc) = (FreePort.Next(), FreePort.Next());
        string[] arguments = ["--data", folder, "--http", $"http://127.0.0.1:{http}", "--grpc", $"http://127.0.0.1:{grpc}", "--set", "Embedded:Enabled=false"];
        using var orchestrator = Measured.Orchestrator(arguments);
        using var api = await OrchestratorApi.ConnectAsync(http, folder);
        Console.WriteLine($"orchestrator idle: {orchestrator.MemoryMb():0} MB");
        var tokens = await LocationsAsync(api, count);

        var clock = Stopwatch.StartNew();
        var agents = new List<Simulated>(count);
        using var first = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
        var enrolment = new Enrolment.EnrolmentClient(first);
        await Parallel.ForAsync(0, count, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, ct) =>
        {
            var token = tokens[i % tokens.Count];
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var spki = key.ExportSubjectPublicKeyInfo();
            var request = new EnrolRequest
            {
                Token = token,
                Name = $"agent-{i}",
                Version = "bench",
                PublicKey = ByteString.CopyFrom(spki),
                Proof = ByteString.CopyFrom(WireProofs.Sign(key, WireProofs.Enrol(token, spki))),
            };
            var reply = await enrolment.EnrolAsync(request, cancellationToken: ct);
            lock (agents)
            {
                agents.Add(new Simulated($"http://127.0.0.1:{grpc}", reply.Credential));
            }
        });
        Console.WriteLine($"{count} enrolled in {clock.Elapsed.TotalSeconds:0.0} s");

        clock.Restart();
        agents.ForEach(a => a.Start());
        await UntilAsync(() => agents.TrueForAll(a => a.IsAssigned), clock);
        Console.WriteLine($"{agents.Count(a => a.IsAssigned)} of {count} connected and assigned in {clock.Elapsed.TotalSeconds:0.0} s, orchestrator {orchestrator.MemoryMb():0} MB");
        await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System);

        var before = orchestrator.CpuSeconds();
        clock.Restart();
        await Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System);
        Console.WriteLine(FormattableString.Invariant(
            $"heartbeats every {Heartbeat.TotalSeconds:0} s: {(orchestrator.CpuSeconds() - before) / clock.Elapsed.TotalSeconds:0.00} core; {orchestrator.MemoryMb():0} MB"));

        var marks = agents.Select(a => a.Changes).ToArray();
        clock.Restart();
        using var body = new StringContent("""
            {"apiVersion":"probes/v1","kind":"Check","metadata":{"name":"bench"},"spec":{"interval":"24h","tcp":{"host":"127.0.0.1","port":9}}}
            """, Encoding.UTF8, "application/json");
        (await api.PutAsync(new Uri("/api/v1/checks/bench", UriKind.Relative), body)).EnsureSuccessStatusCode();

        // Every location runs the check, each by one of its agents.
        int reached;
        do
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            reached = agents.Where((a, i) => a.Changes > marks[i]).Count();
        }
        while (reached < tokens.Count && clock.Elapsed < TimeSpan.FromSeconds(30));
        Console.WriteLine($"a change reached {reached} agents, one in each of {tokens.Count} locations, in {clock.Elapsed.TotalMilliseconds:0} ms after the API took it");
        orchestrator.Dispose();
        await StormAsync(agents, arguments, http, folder);
        return 0;
    }

    /// <summary>The orchestrator is gone for a while and comes back: all agents want in at once.</summary>
    private static async Task StormAsync(List<Simulated> agents, string[] arguments, int http, string folder)
    {
        await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        agents.ForEach(a => a.Forget());
        var clock = Stopwatch.StartNew();
        using var orchestrator = Measured.Orchestrator(arguments);
        using var api = await OrchestratorApi.ConnectAsync(http, folder);
        Console.WriteLine($"restarted in {clock.Elapsed.TotalSeconds:0.0} s");
        var most = 0.0;
        await UntilAsync(() =>
        {
            most = Math.Max(most, orchestrator.MemoryMb());
            return agents.TrueForAll(a => a.IsAssigned);
        }, clock);
        Console.WriteLine(FormattableString.Invariant(
            $"{agents.Count(a => a.IsAssigned)} of {agents.Count} back and assigned in {clock.Elapsed.TotalSeconds:0.0} s after the start, {agents.Sum(a => a.Attempts)} attempts, at most {most:0} MB"));
        await Task.Delay(TimeSpan.FromSeconds(10), TimeProvider.System);
        Console.WriteLine($"10 s later: {orchestrator.MemoryMb():0} MB");
    }

    private static async Task UntilAsync(Func<bool> done, Stopwatch clock)
    {
        while (!done() && clock.Elapsed < TimeSpan.FromMinutes(3))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }
    }

    // A location for every agent up to 1,000, each with a token for its share of the agents.
    private static async Task<List<string>> LocationsAsync(HttpClient api, int agents)
    {
        var locations = Math.Min(agents, 1000);
        var documents = string.Join("\n---\n", Enumerable.Range(0, locations).Select(i =>
            $$$"""{"apiVersion":"probes/v1","kind":"Location","metadata":{"name":"bench-{{{i}}}"},"spec":{"type":"private"}}"""));
        using var all = new StringContent(documents, Encoding.UTF8, "text/yaml");
        (await api.PostAsync(new Uri("/api/v1/apply", UriKind.Relative), all)).EnsureSuccessStatusCode();
        var tokens = new List<string>();
        for (var i = 0; i < locations; i++)
        {
            using var body = new StringContent($$"""{"location":"bench-{{i}}","maxUses":{{agents / locations + 1}}}""", Encoding.UTF8, "application/json");
            var text = await (await api.PostAsync(new Uri("/api/v1/tokens", UriKind.Relative), body)).Content.ReadAsStringAsync();
            tokens.Add(Token().Match(text) is { Success: true } match ? match.Value : throw new InvalidOperationException($"no token in: {text}"));
        }

        return tokens;
    }

    [GeneratedRegex("prb_[A-Za-z0-9_]+")]
    private static partial Regex Token();

    private sealed class Simulated(string address, string credential)
    {
        private readonly GrpcChannel _channel = GrpcChannel.ForAddress(address);

        // A gRPC stream takes one write at a time; answers and heartbeats share it.
        private readonly SemaphoreSlim _writing = new(1);

        private readonly string _instance = Guid.NewGuid().ToString("N");

        public int Changes { get; private set; }

        /// <summary>The revision it holds; 0: none.</summary>
        private long _revision;

        public bool IsAssigned { get; private set; }

        public int Attempts { get; private set; }

        public void Start() => _ = RunAsync();

        public void Forget() => (IsAssigned, Attempts) = (false, 0);

        /// <summary>As an agent does: full jitter, and what a busy orchestrator asks for.</summary>
        private async Task RunAsync()
        {
            var backoff = new Backoff(new Random());
            while (true)
            {
                var (began, retryAfter) = (Stopwatch.GetTimestamp(), TimeSpan.Zero);
                using var over = new CancellationTokenSource();
                try
                {
                    Attempts++;
                    await ConverseAsync(over.Token);
                }
                catch (RpcException refused)
                {
                    retryAfter = SessionErrors.RetryAfter(refused);
                }
                catch (Exception gone) when (gone is IOException or InvalidOperationException)
                {
                }

                await over.CancelAsync();
                await Task.Delay(backoff.Next(SessionErrorClass.Transient, Stopwatch.GetElapsedTime(began), retryAfter), TimeProvider.System);
            }
        }

        private async Task ConverseAsync(CancellationToken over)
        {
            using var call = new AgentSession.AgentSessionClient(_channel)
                .Connect(new Metadata { { "authorization", $"Bearer {credential}" } }, cancellationToken: CancellationToken.None);
            await WriteAsync(call, new AgentMessage
            {
                Hello = new Hello { InstanceId = _instance, Version = "bench", Revision = _revision, Kinds = { "http", "dns", "tcp", "tls" } },
            });
            await call.ResponseStream.MoveNext(CancellationToken.None);
            _ = BeatAsync(call, over);
            await ReadAsync(call);
        }

        private async Task ReadAsync(AsyncDuplexStreamingCall<AgentMessage, OrchestratorMessage> call)
        {
            while (await call.ResponseStream.MoveNext(CancellationToken.None))
            {
                var revision = call.ResponseStream.Current switch
                {
                    { KindCase: OrchestratorMessage.KindOneofCase.Diff } m => m.Diff.Revision,
                    { KindCase: OrchestratorMessage.KindOneofCase.Snapshot } m => m.Snapshot.Revision,
                    _ => 0,
                };
                if (revision > 0)
                {
                    (_revision, IsAssigned) = (revision, true);
                    Changes++;
                    await WriteAsync(call, new AgentMessage { Applied = new Applied { Revision = revision } });
                }
            }
        }

        private async Task BeatAsync(AsyncDuplexStreamingCall<AgentMessage, OrchestratorMessage> call, CancellationToken over)
        {
            using var timer = new PeriodicTimer(Heartbeat, TimeProvider.System);
            while (await timer.WaitForNextTickAsync(over))
            {
                await WriteAsync(call, new AgentMessage
                {
                    Heartbeat = new Heartbeat { SentAtUs = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds() * 1000 },
                });
            }
        }

        private async Task WriteAsync(AsyncDuplexStreamingCall<AgentMessage, OrchestratorMessage> call, AgentMessage message)
        {
            await _writing.WaitAsync();
            try
            {
                await call.RequestStream.WriteAsync(message);
            }
            finally
            {
                _writing.Release();
            }
        }
    }
}
