using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Faults.Parts;

/// <summary>One orchestrator process, and what it says over its API.</summary>
internal sealed class Replica : IDisposable
{
    private readonly string _data;
    private readonly HttpClient _api;

    public Replica(int number, string folder, string logs, IReadOnlyDictionary<string, string> settings)
    {
        var http = FreePort.Next();
        (Grpc, _data) = (FreePort.Next(), Path.Combine(folder, $"orchestrator-{number}"));
        Process = new LoggedProcess($"orchestrator-{number}", logs, "dotnet",
            [Programs.Of("orchestrator"), "--data", _data, "--http", $"http://127.0.0.1:{http}", "--grpc", $"http://127.0.0.1:{Grpc}"], settings);
        _api = new HttpClient(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromSeconds(5) }) { BaseAddress = new Uri($"http://127.0.0.1:{http}"), Timeout = TimeSpan.FromSeconds(10) };
        Process.Start();
    }

    public int Grpc { get; }

    public LoggedProcess Process { get; }

    /// <summary>Counters of processes of this replica that were killed, as they were last seen, and of the one that runs now.</summary>
    public Counters Counters { get; } = new();

    public async Task<bool> ReadyAsync()
    {
        try
        {
            if (!(await _api.GetAsync(new Uri("/readyz", UriKind.Relative))).IsSuccessStatusCode)
            {
                return false;
            }

            var key = Path.Combine(_data, "admin.key");
            if (_api.DefaultRequestHeaders.Authorization is null && File.Exists(key))
            {
                _api.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (await File.ReadAllTextAsync(key)).Trim());
            }

            return _api.DefaultRequestHeaders.Authorization is not null;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    public async Task<JsonElement> GetAsync(string path)
    {
        using var reply = await _api.GetAsync(new Uri(path, UriKind.Relative));
        return JsonElement.Parse(await OkAsync(reply));
    }

    public async Task<JsonElement> PostAsync(string path, string body, string type)
    {
        using var content = new StringContent(body, new MediaTypeHeaderValue(type));
        using var reply = await _api.PostAsync(new Uri(path, UriKind.Relative), content);
        return JsonElement.Parse(await OkAsync(reply));
    }

    /// <summary>Whether it says it leads.</summary>
    public async Task<bool> LeadsAsync()
    {
        try
        {
            return (await GetAsync("/api/v1/replicas")).EnumerateArray().Any(r => r.GetProperty("self").GetBoolean() && r.GetProperty("leads").GetBoolean());
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }

    /// <summary>What of its managed heap is in use, in MB, by its last full collection; null when it does not say.</summary>
    public double? LiveHeapMb { get; private set; }

    /// <summary>What its collector holds of the machine's memory, in use or not, in MB.</summary>
    public double? HeldHeapMb { get; private set; }

    /// <summary>Reads its counters; one that does not answer keeps those it had.</summary>
    public async Task CountAsync()
    {
        try
        {
            using var reply = await _api.GetAsync(new Uri("/metrics", UriKind.Relative));
            var values = new Dictionary<string, long>(StringComparer.Ordinal);
            var lines = (await OkAsync(reply)).Split('\n');
            LiveHeapMb = Gauge("dotnet_gc_live_heap_bytes");
            HeldHeapMb = Gauge("dotnet_gc_committed_bytes");
            foreach (var line in lines.Where(l => l.StartsWith("probes_results_", StringComparison.Ordinal)))
            {
                var name = line[..line.IndexOfAny(['{', ' '])];
                values[name] = values.GetValueOrDefault(name) + (long)Value(line);
            }

            Counters.See(Process.Id, values);

            double Gauge(string name) => lines.Where(l => l.StartsWith(name + ' ', StringComparison.Ordinal)).Select(Value).FirstOrDefault() / 1e6;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // It is down, or paused.
        }
    }

    public void Dispose()
    {
        Process.Dispose();
        _api.Dispose();
    }

    private static double Value(string line) => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture);

    private static async Task<string> OkAsync(HttpResponseMessage reply)
    {
        var text = await reply.Content.ReadAsStringAsync();
        return reply.IsSuccessStatusCode ? text : throw new HttpRequestException($"{reply.RequestMessage?.RequestUri}: {(int)reply.StatusCode} {text}");
    }
}
