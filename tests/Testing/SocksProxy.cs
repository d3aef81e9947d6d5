using System.Buffers.Binary;
using System.Net;
using System.Text;

namespace Probes.Tests.Testing;

/// <summary>A SOCKS version 5 proxy (RFC 1928) on a real socket, with user and password (RFC 1929) if wished.</summary>
internal sealed class SocksProxy : IAsyncDisposable
{
    private readonly RawServer _server;
    private readonly string? _user;

    /// <param name="user">USER:PASSWORD to ask for; null: open to all.</param>
    public SocksProxy(string? user = null)
    {
        _user = user;
        _server = new RawServer(ServeAsync);
    }

    public Tunnels Tunnels { get; } = new();

    public int Port => _server.Port;

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(Stream near, CancellationToken ct)
    {
        // 1. Version and methods: 0 is none, 2 is user and password.
        var version = await ReadAsync(near, 2, ct);
        var methods = await ReadAsync(near, version[1], ct);
        byte method = _user is null ? (byte)0 : (byte)2;
        if (!methods.Contains(method))
        {
            Interlocked.Increment(ref Tunnels.Refused);
            await near.WriteAsync(new byte[] { 5, 0xFF }, ct);
            return;
        }

        await near.WriteAsync(new byte[] { 5, method }, ct);
        if (_user is not null && !await IsKnownAsync(near, ct))
        {
            return;
        }

        // 2. Where to: by IPv4, by name or by IPv6.
        var request = await ReadAsync(near, 4, ct);
        var host = request[3] switch
        {
            1 => new IPAddress(await ReadAsync(near, 4, ct)).ToString(),
            3 => await TextAsync(near, ct),
            _ => new IPAddress(await ReadAsync(near, 16, ct)).ToString(),
        };
        var far = await Tunnels.OpenAsync(host, BinaryPrimitives.ReadUInt16BigEndian(await ReadAsync(near, 2, ct)), ct);
        await near.WriteAsync(new byte[] { 5, far is null ? (byte)5 : (byte)0, 0, 1, 0, 0, 0, 0, 0, 0 }, ct);

        // 3. Bytes.
        if (far is not null)
        {
            await Tunnels.CarryAsync(near, far, ct);
        }
    }

    private async Task<bool> IsKnownAsync(Stream near, CancellationToken ct)
    {
        await ReadAsync(near, 1, ct);
        var known = $"{await TextAsync(near, ct)}:{await TextAsync(near, ct)}" == _user;
        await near.WriteAsync(new byte[] { 1, known ? (byte)0 : (byte)1 }, ct);
        if (!known)
        {
            Interlocked.Increment(ref Tunnels.Refused);
        }

        return known;
    }

    private static async Task<string> TextAsync(Stream near, CancellationToken ct) =>
        Encoding.UTF8.GetString(await ReadAsync(near, (await ReadAsync(near, 1, ct))[0], ct));

    private static async Task<byte[]> ReadAsync(Stream near, int count, CancellationToken ct)
    {
        var bytes = new byte[count];
        await near.ReadExactlyAsync(bytes, ct);
        return bytes;
    }
}
