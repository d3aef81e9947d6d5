using System.Net;
using System.Net.Sockets;

namespace Probes.Tests.Testing;

/// <summary>Forwards TCP connections to a target and holds back what the target answers by <see cref="Delay"/>: a region with a slow server.</summary>
internal sealed class DelayProxy : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly IPEndPoint _target;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _accepting;

    public DelayProxy(IPAddress address, int port, IPEndPoint target)
    {
        _listener = new TcpListener(address, port);
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Zero or more; takes effect on the next connection.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Connections are taken and closed at once, before anything is read; takes effect on the next one.</summary>
    public bool Cut { get; set; }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

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
        while (!_stopping.IsCancellationRequested)
        {
            _ = ForwardAsync(await _listener.AcceptTcpClientAsync(_stopping.Token));
        }
    }

    private async Task ForwardAsync(TcpClient client)
    {
        using var near = client;
        using var far = new TcpClient { NoDelay = true };
        try
        {
            near.NoDelay = true;
            if (Cut)
            {
                return;
            }

            await far.ConnectAsync(_target, _stopping.Token);
            var out_ = near.GetStream().CopyToAsync(far.GetStream(), _stopping.Token);
            var back = AnswerAsync(far.GetStream(), near.GetStream(), Delay);
            await Task.WhenAny(out_, back);
            await back;
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // Either side went away: so does the other.
        }
    }

    private async Task AnswerAsync(NetworkStream from, NetworkStream to, TimeSpan delay)
    {
        var buffer = new byte[16 * 1024];
        var first = true;
        int read;
        while ((read = await from.ReadAsync(buffer, _stopping.Token)) > 0)
        {
            if (first && delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, TimeProvider.System, _stopping.Token);
            }

            first = false;
            await to.WriteAsync(buffer.AsMemory(0, read), _stopping.Token);
        }

        to.Socket.Shutdown(SocketShutdown.Send);
    }
}
