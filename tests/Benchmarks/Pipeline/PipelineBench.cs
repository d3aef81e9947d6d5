using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Agent.Publish;
using Probes.Benchmarks.Agents;
using Probes.Benchmarks.Store;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Tests.Testing;

namespace Probes.Benchmarks.Pipeline;

/// <summary>
/// Results from publish to rollup on real parts: agents' publishers with confirms, RabbitMQ, an orchestrator process, and the store.
/// Four agents of 100 checks at 1 s; batches of 100. Compare with `store` for the bare engines in a run of its own.
/// </summary>
internal static class PipelineBench
{
    private const int Agents = 4;
    private const int Checks = 100;
    private const int InFlight = 16;

    public static async Task<int> RunAsync(string[] args)
    {
        var engine = args.FirstOrDefault() ?? "postgres";
        var total = (args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 1_000_000) / (Agents * Checks) * Agents * Checks;
        var replicas = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 1;
        await using var broker = await RabbitMqNode.StartNewAsync();
        await using var postgres = engine == "postgres" ? await PostgresNode.StartNewAsync("shared_buffers=512MB", "max_wal_size=4GB") : null;
        var folder = Directory.CreateTempSubdirectory("probes-bench-").FullName;
        var grpc = 0;
        string[] store = postgres is null ? [] : ["--set", $"Store:ConnectionString={postgres.ConnectionString}"];
        var orchestrators = new List<Measured>();
        var apis = new List<HttpClient>();
        for (var i = 0; i < replicas; i++)
        {
            var http = FreePort.Next();
            orchestrators.Add(Measured.Orchestrator(["--data", folder, "--http", $"http://127.0.0.1:{http}", "--grpc", $"http://127.0.0.1:{grpc = FreePort.Next()}",
                "--set", $"Bus:ConnectionString={broker.Uri}", "--set", "Embedded:Enabled=false", .. store]));
            apis.Add(await OrchestratorApi.ConnectAsync(http, folder));
        }

        var api = apis[^1];
        await DefineAsync(api);
        var loads = await LoadsAsync(api, grpc, broker.Uri, total / Agents / Checks);

        var cpu = orchestrators.Sum(o => o.CpuSeconds());
        var clock = Stopwatch.StartNew();
        await Task.WhenAll(loads.Select(l => l.PublishAsync()));
        var published = clock.Elapsed;
        await UntilAsync(async () => (await Task.WhenAll(apis.Select(StoredAsync))).Sum() >= total);
        var stored = clock.Elapsed;
        await UntilAsync(async () => await RolledUpAsync(api, "bench-0") + await RolledUpAsync(api, $"bench-{Checks - 1}") >= 2 * total / Checks);
        var rolledUp = clock.Elapsed;
        Console.WriteLine(FormattableString.Invariant(
            $"{engine}, {replicas} orchestrator{(replicas > 1 ? "s" : "")}: {total:n0} results; published {total / published.TotalSeconds:n0}/s, stored {total / stored.TotalSeconds:n0}/s, rolled up too {total / rolledUp.TotalSeconds:n0}/s; they take {(orchestrators.Sum(o => o.CpuSeconds()) - cpu) / rolledUp.TotalSeconds:0.00} cores, {string.Join(" and ", orchestrators.Select(o => $"{o.MemoryMb():0}"))} MB"));
        foreach (var load in loads)
        {
            await load.DisposeAsync();
        }

        apis.ForEach(a => a.Dispose());
        orchestrators.ForEach(o => o.Dispose());
        return 0;
    }

    private static async Task DefineAsync(HttpClient api)
    {
        var documents = string.Join("\n---\n", Enumerable.Range(0, Checks)
            .Select(i => $$$$"""{"apiVersion":"probes/v1","kind":"Check","metadata":{"name":"bench-{{{{i}}}}"},"spec":{"interval":"1s","tcp":{"host":"127.0.0.1","port":9}}}""")
            .Prepend("""{"apiVersion":"probes/v1","kind":"Location","metadata":{"name":"bench"},"spec":{}}"""));
        using var body = new StringContent(documents, Encoding.UTF8, "application/yaml");
        (await api.PostAsync(new Uri("/api/v1/apply", UriKind.Relative), body)).EnsureSuccessStatusCode();
    }

    private static async Task<List<Load>> LoadsAsync(HttpClient api, int grpc, Uri broker, int runs)
    {
        using var reply = await api.PostAsJsonAsync("/api/v1/tokens", new { location = "bench", maxUses = Agents });
        var token = (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString();
        using var channel = GrpcChannel.ForAddress($"http://127.0.0.1:{grpc}");
        var enrolment = new Enrolment.EnrolmentClient(channel);
        var start = TimeProvider.System.GetUtcNow().AddSeconds(-runs - 5);
        var loads = new List<Load>();
        for (var i = 0; i < Agents; i++)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var spki = key.ExportSubjectPublicKeyInfo();
            var enrolled = await enrolment.EnrolAsync(new EnrolRequest
            {
                Token = token,
                Name = $"bench-{i}",
                Version = "bench",
                PublicKey = ByteString.CopyFrom(spki),
                Proof = ByteString.CopyFrom(WireProofs.Sign(key, WireProofs.Enrol(token!, spki))),
            });
            var batches = Enumerable.Range(0, runs).Select(run => Batch(enrolled.AgentId, run, start)).ToList();
            loads.Add(new Load(broker, batches));
        }

        return loads;
    }

    private static byte[] Batch(string agent, int run, DateTimeOffset start)
    {
        var batch = new ResultBatch { AgentId = agent, Epoch = 1, FirstSequence = 1 + ((long)run * Checks), EngineVersion = "bench" };
        for (var i = 0; i < Checks; i++)
        {
            batch.Checks.Add($"bench-{i}");
            var result = BenchStore.Result(run, 1, i);
            batch.Results.Add(WireResults.ToWire(result with { Due = start.AddSeconds(run) }, (uint)i));
        }

        return batch.ToByteArray();
    }

    private static async Task<double> StoredAsync(HttpClient api)
    {
        var text = await api.GetStringAsync(new Uri("/metrics", UriKind.Relative));
        return text.Split('\n').Where(l => l.StartsWith("probes_results_stored_total", StringComparison.Ordinal))
            .Sum(l => double.Parse(l[(l.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
    }

    private static async Task<long> RolledUpAsync(HttpClient api, string check)
    {
        var from = Uri.EscapeDataString(TimeProvider.System.GetUtcNow().AddHours(-4).ToString("O"));
        var regions = await api.GetFromJsonAsync<JsonElement>(new Uri($"/api/v1/checks/{check}/regions?from={from}", UriKind.Relative));
        return regions.EnumerateArray().Sum(r => r.GetProperty("counts").GetProperty("passed").GetInt64());
    }

    private static async Task UntilAsync(Func<Task<bool>> done)
    {
        var clock = Stopwatch.StartNew();
        while (!await done())
        {
            if (clock.Elapsed > TimeSpan.FromMinutes(5))
            {
                throw new TimeoutException("not done within 5 minutes");
            }

            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        }
    }

    // One agent's publisher and what it has spooled.
    private sealed class Load(Uri broker, List<byte[]> batches) : IAsyncDisposable
    {
        private readonly RabbitMqPublisher _publisher = new(
            new Amqp { Uri = broker.ToString(), Exchange = "probes.results", RoutingKey = "results" }, TimeProvider.System, NullLogger<RabbitMqPublisher>.Instance);

        public Task PublishAsync() =>
            Parallel.ForEachAsync(batches, new ParallelOptions { MaxDegreeOfParallelism = InFlight }, async (batch, ct) =>
            {
                while (await _publisher.PublishAsync(batch, ct) != PublishOutcome.Confirmed)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
                }
            });

        public ValueTask DisposeAsync() => _publisher.DisposeAsync();
    }
}
