namespace Probes.Benchmarks.Agents;

/// <summary>The REST API of an orchestrator that was just started.</summary>
internal static class OrchestratorApi
{
    /// <summary>Waits until it is ready and signs in with the key of its data folder.</summary>
    public static async Task<HttpClient> ConnectAsync(int port, string folder)
    {
        var api = new HttpClient(new SocketsHttpHandler()) { BaseAddress = new Uri($"http://127.0.0.1:{port}") };
        var file = Path.Combine(folder, "admin.key");
        for (var i = 0; i < 300; i++)
        {
            try
            {
                if ((await api.GetAsync(new Uri("/readyz", UriKind.Relative))).IsSuccessStatusCode && File.Exists(file))
                {
                    api.DefaultRequestHeaders.Add("Authorization", $"Bearer {(await File.ReadAllTextAsync(file)).Trim()}");
                    return api;
                }
            }
            catch (HttpRequestException)
            {
                // Not listening yet.
            }

            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        throw new TimeoutException("the orchestrator was not ready within 30 s");
    }
}
