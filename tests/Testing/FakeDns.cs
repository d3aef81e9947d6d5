using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Probes.Tests.Testing;

/// <summary>A DNS server on real loopback sockets, UDP and TCP on one port, that answers every question as a test says (RFC 1035).</summary>
internal sealed class FakeDns : IAsyncDisposable
{
    private readonly UdpClient _udp;
    private readonly TcpListener _tcp;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Func<string, ushort, Reply?> _answer;
    private int _queries;

    /// <param name="answer">From name (lower case, no final dot) and type to a reply; null stays silent.</param>
    public FakeDns(Func<string, ushort, Reply?> answer)
    {
        _answer = answer;
        (_tcp, _udp) = Bind();
        Port = ((IPEndPoint)_tcp.LocalEndpoint).Port;
        _ = UdpAsync();
        _ = TcpAsync();
    }

    public int Port { get; }

    public int TcpQueries { get; private set; }

    /// <summary>Answers over UDP are held back by this; zero or more, takes effect on the next question.</summary>
    public TimeSpan Delay { get; set; }

    /// <summary>Over UDP and TCP, answered or not.</summary>
    public int Queries => _queries;

    /// <summary>Response code, records as (type, data), and whether UDP is told to come again over TCP.</summary>
    internal sealed record Reply(int Code = 0, bool TruncateUdp = false, params (ushort Type, byte[] Data)[] Records);

    /// <summary>Answers A with this address, and AAAA with nothing.</summary>
    public static FakeDns Of(IPAddress address) => new((_, type) => type == 1 ? new Reply(Records: (1, address.GetAddressBytes())) : new Reply());

    public static byte[] Name(string name) =>
        [.. name.Split('.').SelectMany(l => (byte[])[(byte)l.Length, .. Encoding.ASCII.GetBytes(l)]), 0];

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
        _stopping.Dispose();
    }

    // A port that is free for TCP may be somebody's for UDP.
    private static (TcpListener Tcp, UdpClient Udp) Bind()
    {
        for (var attempt = 1; ; attempt++)
        {
            var tcp = new TcpListener(IPAddress.Loopback, 0);
            tcp.Start();
            try
            {
                return (tcp, new UdpClient((IPEndPoint)tcp.LocalEndpoint));
            }
            catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse && attempt < 20)
            {
                tcp.Dispose();
            }
        }
    }

    private async Task UdpAsync()
    {
        try
        {
            while (true)
            {
                var query = await _udp.ReceiveAsync(_stopping.Token);
                if (Answer(query.Buffer, udp: true) is { } reply)
                {
                    _ = SendAsync(reply, query.RemoteEndPoint, Delay);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    // One slow answer does not hold up the next.
    private async Task SendAsync(byte[] reply, IPEndPoint to, TimeSpan delay)
    {
        try
        {
            if (delay > TimeSpan.Zero)
            {
                await Task.Delay(delay, TimeProvider.System, _stopping.Token);
            }

            await _udp.SendAsync(reply, to, _stopping.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // The test is over.
        }
    }

    private async Task TcpAsync()
    {
        try
        {
            while (true)
            {
                using var client = await _tcp.AcceptTcpClientAsync(_stopping.Token);
                var stream = client.GetStream();
                var length = new byte[2];
                await stream.ReadExactlyAsync(length, _stopping.Token);
                var query = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                await stream.ReadExactlyAsync(query, _stopping.Token);
                TcpQueries++;
                if (Answer(query, udp: false) is { } reply)
                {
                    await stream.WriteAsync((byte[])[(byte)(reply.Length >> 8), (byte)reply.Length, .. reply], _stopping.Token);
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException or IOException)
        {
            // The test is over.
        }
    }

    private byte[]? Answer(byte[] query, bool udp)
    {
        Interlocked.Increment(ref _queries);
        var labels = new List<string>();
        var at = 12;
        while (query[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(query, at + 1, query[at]).ToLowerInvariant());
            at += query[at] + 1;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(at + 1));
        if (_answer(string.Join('.', labels), type) is not { } reply)
        {
            return null;
        }

        var truncate = udp && reply.TruncateUdp;
        var records = truncate ? [] : reply.Records;
        List<byte> bytes = [query[0], query[1], (byte)(0x81 | (truncate ? 0x02 : 0)), (byte)(0x80 | reply.Code), 0, 1, 0, (byte)records.Length, 0, 0, 0, 0, .. query[12..(at + 5)]];
        foreach (var (kind, data) in records)
        {
            bytes.AddRange([0xC0, 0x0C, (byte)(kind >> 8), (byte)kind, 0, 1, 0, 0, 0, 60, (byte)(data.Length >> 8), (byte)data.Length, .. data]);
        }

        return [.. bytes];
    }
}
