using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Broker;

/// <summary>Ends connections at the broker through its management API: a right that is taken away does not end what is open.</summary>
internal sealed class BrokerConnections : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    private readonly HttpClient? _client;

    public BrokerConnections(IOptions<BrokerOptions> options)
    {
        if (options.Value.ManagementUrl.Length == 0)
        {
            return;
        }

        var uri = new Uri(options.Value.ManagementUrl);
        _client = new HttpClient(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(3), AllowAutoRedirect = false })
        {
            BaseAddress = new UriBuilder(uri) { UserName = "", Password = "", Path = uri.AbsolutePath.TrimEnd('/') + "/" }.Uri,
            Timeout = Limit,
        };
        if (uri.UserInfo.Length > 0)
        {
            var plain = Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo));
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(plain));
        }
    }

    /// <summary>False: there is no management API to ask.</summary>
    internal bool IsConfigured => _client is not null;

    /// <summary>Ends all connections of this user.</summary>
    /// <returns>How many there were; -1 when the broker ended them without saying.</returns>
    /// <exception cref="HttpRequestException">The broker does not answer, or refuses.</exception>
    internal async Task<int> CloseAsync(string user, CancellationToken ct)
    {
        if (_client is null)
        {
            return 0;
        }

        // 1. Newer brokers end all of a user's connections by one call.
        using (var all = await DeleteAsync($"api/connections/username/{Uri.EscapeDataString(user)}", ct))
        {
            if (all.IsSuccessStatusCode)
            {
                return -1;
            }

            if (all.StatusCode is not (HttpStatusCode.NotFound or HttpStatusCode.MethodNotAllowed))
            {
                all.EnsureSuccessStatusCode();
            }
        }

        // 2. Older ones name them, to be ended one by one.
        await using var stream = await _client.GetStreamAsync("api/connections?columns=name,user", ct);
        using var listed = await JsonDocument.ParseAsync(stream, cancellationToken: ct);
        var closed = 0;
        foreach (var connection in listed.RootElement.EnumerateArray())
        {
            if (connection.TryGetProperty("user", out var owner) && owner.GetString() == user && connection.GetProperty("name").GetString() is { } name)
            {
                using var one = await DeleteAsync($"api/connections/{Uri.EscapeDataString(name)}", ct);
                closed += one.IsSuccessStatusCode ? 1 : 0;
            }
        }

        return closed;
    }

    public void Dispose() => _client?.Dispose();

    private async Task<HttpResponseMessage> DeleteAsync(string path, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Delete, path);
        request.Headers.Add("X-Reason", "the agent was disabled");
        return await _client!.SendAsync(request, ct);
    }
}
