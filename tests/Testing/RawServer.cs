using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Probes.Tests.Testing;

/// <summary>A TCP server on a real loopback socket that does with each connection what a test says.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<Stream, CancellationToken, Task> _serve;
    private readonly Task _accepting;

    public RawServer(Func<Stream, CancellationToken, Task> serve)
    {
        _serve = serve;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public string Url => $"http://127.0.0.1:{Port}/";

    public int Connections { get; private set; }

    /// <summary>Heads of the requests of <see cref="Answering"/> and <see cref="AnsweringBy"/>, in order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>Reads the request's head, then writes this and closes.</summary>
    public static RawServer Answering(string answer) => AnsweringBy(_ => answer);

    /// <summary>Reads the request's head, writes what the test makes of it, and closes.</summary>
    public static RawServer AnsweringBy(Func<string, string> answer)
    {
        RawServer? server = null;
        server = new RawServer(async (stream, ct) =>
        {
            var head = await ReadHeadAsync(stream, ct);
            server!.Requests.Enqueue(head);
            await stream.WriteAsync(Encoding.Latin1.GetBytes(answer(head)), ct);
        });
        return server;
    }

    public static async Task<string> ReadHeadAsync(Stream stream, CancellationToken ct)
    {
        var head = new StringBuilder();
        var one = new byte[1];
        while (!head.ToString().EndsWith("\r\n\r\n", StringComparison.Ordinal) && await stream.ReadAsync(one, ct) > 0)
        {
            head.Append((char)one[0]);
        }

        return head.ToString();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
        {
            var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
            Connections++;
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                client.NoDelay = true;
                await _serve(client.GetStream(), _stopping.Token);
            }
            catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or System.Security.Authentication.AuthenticationException)
            {
                // The probe has gone, or the test is over.
            }
        }
    }
}
