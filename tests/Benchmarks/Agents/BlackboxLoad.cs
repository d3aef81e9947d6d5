using System.Diagnostics;
using Probes.Tests.Testing;

namespace Probes.Benchmarks.Agents;

/// <summary>prometheus-blackbox-exporter as a process, asked to probe at a steady pace over kept-alive connections.</summary>
internal sealed class BlackboxLoad : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 });
    private readonly int _port = FreePort.Next();

    public BlackboxLoad(string folder)
    {
        var config = Path.Combine(folder, "blackbox.yml");
        File.WriteAllText(config, """
            modules:
              http: {prober: http, timeout: 5s, http: {preferred_ip_protocol: ip4, tls_config: {insecure_skip_verify: true}}}
              tcp: {prober: tcp, timeout: 5s, tcp: {preferred_ip_protocol: ip4}}
              dns: {prober: dns, timeout: 5s, dns: {preferred_ip_protocol: ip4, query_name: "www.example.test", query_type: A}}
            """);
        Process = Measured.Start("prometheus-blackbox-exporter", $"--config.file={config}", $"--web.listen-address=127.0.0.1:{_port}", "--log.level=error");
    }

    public Measured Process { get; }

    public async Task ReadyAsync()
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await _http.GetAsync(new Uri($"http://127.0.0.1:{_port}/-/healthy"));
                return;
            }
            catch (HttpRequestException) when (i < 100)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
            }
        }
    }

    /// <summary>Probes at <paramref name="rate"/> per second for <paramref name="span"/>; returns how many succeeded.</summary>
    public async Task<int> ProbeAsync(string module, string target, int rate, TimeSpan span)
    {
        var address = new Uri($"http://127.0.0.1:{_port}/probe?module={module}&target={Uri.EscapeDataString(target)}");
        var clock = Stopwatch.StartNew();
        var running = new List<Task<bool>>();
        while (clock.Elapsed < span)
        {
            var due = (int)(clock.Elapsed.TotalSeconds * rate);
            while (running.Count < due)
            {
                running.Add(OneAsync(address));
            }

            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        return (await Task.WhenAll(running)).Count(ok => ok);
    }

    public void Dispose()
    {
        Process.Dispose();
        _http.Dispose();
    }

    private async Task<bool> OneAsync(Uri address) =>
        (await _http.GetStringAsync(address)).Contains("\nprobe_success 1", StringComparison.Ordinal);
}
