using System.Net;
using System.Net.Sockets;
using Probes.Tests.Testing;

namespace Probes.Faults.Parts;

/// <summary>
/// One address before several: each connection goes to the next of the servers that takes it. Cut, it is a hole: what is open hangs and what is
/// new is taken and never answered, as behind a firewall that drops.
/// </summary>
internal sealed class Link : IDisposable
{
    private readonly int[] _servers;
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stopping = new();
    private volatile TaskCompletionSource? _mended;
    private int _next;

    public Link(IPAddress address, params int[] servers)
    {
        (_servers, Port) = (servers, FreePort.Next());
        _listener = new TcpListener(address, Port);
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port { get; }

    public void Cut() => _mended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Mend()
    {
        var mended = _mended;
        _mended = null;
        mended?.TrySetResult();
    }

    public void Dispose()
    {
        _stopping.Cancel();
        Mend();
        _listener.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stopping.Token);
                _ = CarryAsync(client);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The end.
        }
    }

    private async Task CarryAsync(Socket client)
    {
        using (client)
        {
            try
            {
                await OpenAsync();
                using var server = await ServerAsync();
                if (server is not null)
                {
                    client.NoDelay = server.NoDelay = true;
                    using var over = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
                    await Task.WhenAny(PumpAsync(client, server, over.Token), PumpAsync(server, client, over.Token));
                    await over.CancelAsync();
                }
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                // One side has gone.
            }
        }
    }

    private async Task<Socket?> ServerAsync()
    {
        for (var i = 0; i < _servers.Length; i++)
        {
            var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _servers[(Interlocked.Increment(ref _next) & int.MaxValue) % _servers.Length], _stopping.Token);
                return server;
            }
            catch (SocketException)
            {
                server.Dispose();
            }
        }

        return null;
    }

    private async Task PumpAsync(Socket from, Socket to, CancellationToken ct)
    {
        var buffer = new byte[16 * 1024];
        while (await from.ReceiveAsync(buffer, ct) is var read and > 0)
        {
            await OpenAsync();
            for (var sent = 0; sent < read;)
            {
                sent += await to.SendAsync(buffer.AsMemory(sent, read - sent), ct);
            }
        }
    }

    private Task OpenAsync() => _mended?.Task ?? Task.CompletedTask;
}
