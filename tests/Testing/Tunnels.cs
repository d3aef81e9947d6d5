using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Probes.Tests.Testing;

/// <summary>The far side of a test's proxy: every name is this machine, so what names nobody else knows can only have come through the proxy.</summary>
internal sealed class Tunnels
{
    private readonly ConcurrentDictionary<TcpClient, bool> _open = new();

    /// <summary>Where clients asked to go, as HOST:PORT, in order.</summary>
    public ConcurrentQueue<string> Asked { get; } = new();

    /// <summary>Clients sent away for a wrong or missing password.</summary>
    public int Refused;

    /// <summary>A port of this machine where all tunnels end instead of the one asked for: a proxy that means no good.</summary>
    public int? Diversion { get; set; }

    /// <summary>Null when nothing listens there.</summary>
    public async Task<TcpClient?> OpenAsync(string host, int port, CancellationToken ct)
    {
        Asked.Enqueue($"{host}:{port}");
        var far = new TcpClient { NoDelay = true };
        try
        {
            await far.ConnectAsync(IPAddress.Loopback, Diversion ?? port, ct);
            return far;
        }
        catch (SocketException)
        {
            far.Dispose();
            return null;
        }
    }

    /// <summary>Carries bytes both ways until one side ends.</summary>
    public async Task CarryAsync(Stream near, TcpClient far, CancellationToken ct)
    {
        using (far)
        {
            _open[far] = true;
            var stream = far.GetStream();
            await Task.WhenAny(near.CopyToAsync(stream, ct), stream.CopyToAsync(near, ct));
            _open.TryRemove(far, out _);
        }
    }

    /// <summary>Breaks what is open; new tunnels are made as before.</summary>
    public void Cut()
    {
        foreach (var far in _open.Keys)
        {
            far.Client.Close(0);
        }
    }
}
