using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Probes.Tests.Testing;

/// <summary>An HTTP proxy that does CONNECT (RFC 9110, 9.3.6) on a real socket, in clear text or over TLS, with Basic authentication if wished.</summary>
internal sealed class ConnectProxy : IAsyncDisposable
{
    private readonly RawServer _server;
    private readonly string? _expected;

    /// <param name="user">USER:PASSWORD to ask for; null: open to all.</param>
    /// <param name="certificate">Makes it an https:// proxy.</param>
    public ConnectProxy(string? user = null, X509Certificate2? certificate = null)
    {
        _expected = user is null ? null : $"Proxy-Authorization: Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes(user))}";
        _server = certificate is null ? new RawServer(ServeAsync) : TestCertificates.Serve(certificate, ServeAsync);
    }

    public Tunnels Tunnels { get; } = new();

    public int Port => _server.Port;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(Stream near, CancellationToken ct)
    {
        while (true)
        {
            var head = await RawServer.ReadHeadAsync(near, ct);
            if (head.Length == 0)
            {
                return;
            }

            if (_expected is not null && !head.Contains(_expected, StringComparison.Ordinal))
            {
                Interlocked.Increment(ref Tunnels.Refused);
                await SayAsync(near, "407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"test\"\r\nContent-Length: 0", ct);
                continue;
            }

            var request = head.Split(' ');
            var at = request.Length > 2 && request[0] == "CONNECT" ? request[1].LastIndexOf(':') : -1;
            if (at < 0)
            {
                await SayAsync(near, "405 Method Not Allowed\r\nContent-Length: 0", ct);
                return;
            }

            if (await Tunnels.OpenAsync(request[1][..at], int.Parse(request[1][(at + 1)..], System.Globalization.CultureInfo.InvariantCulture), ct) is not { } far)
            {
                await SayAsync(near, "502 Bad Gateway\r\nContent-Length: 0", ct);
                return;
            }

            await SayAsync(near, "200 Connection Established", ct);
            await Tunnels.CarryAsync(near, far, ct);
            return;
        }
    }

    private static ValueTask SayAsync(Stream near, string text, CancellationToken ct) => near.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 {text}\r\n\r\n"), ct);
}
