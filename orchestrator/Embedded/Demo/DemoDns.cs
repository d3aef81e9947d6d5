using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Probes.Orchestrator.Embedded.Demo;

/// <summary>A region's DNS server over UDP: knows the demo's names, answers with the region's address, and takes its time (RFC 1035).</summary>
internal sealed class DemoDns : IAsyncDisposable
{
    private const int MaxWaiting = 1000;
    private const int TypeA = 1;
    private const int NoError = 0;
    private const int FormatError = 1;
    private const int NameError = 3;

    private readonly DemoRegion _region;
    private readonly DemoConditions _conditions;
    private readonly TimeProvider _clock;
    private readonly UdpClient _socket = new(new IPEndPoint(IPAddress.Loopback, 0));
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _loop;
    private int _waiting;

    internal DemoDns(DemoRegion region, DemoConditions conditions, TimeProvider clock)
    {
        (_region, _conditions, _clock) = (region, conditions, clock);
        _loop = ReceiveAsync();
    }

    internal IPEndPoint EndPoint => (IPEndPoint)_socket.Client.LocalEndPoint!;

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _socket.Dispose();
        await _loop.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stopping.Dispose();
    }

    /// <summary>The answer to a query: null when it is too short to be one.</summary>
    internal static byte[]? Answer(ReadOnlySpan<byte> query, IPAddress address)
    {
        const int header = 12;
        if (query.Length < header)
        {
            return null;
        }

        var name = new StringBuilder();
        var at = header;
        while (at < query.Length && query[at] is > 0 and < 64 and var length && at + length < query.Length)
        {
            name.Append(Encoding.ASCII.GetString(query.Slice(at + 1, length))).Append('.');
            at += length + 1;
        }

        var end = at + 5;
        if (end > query.Length || query[at] != 0)
        {
            return Reply(query, header, FormatError, null);
        }

        var known = name.ToString().EndsWith("demo.test.", StringComparison.OrdinalIgnoreCase);
        var type = BinaryPrimitives.ReadUInt16BigEndian(query[(at + 1)..]);
        return Reply(query, end, known ? NoError : NameError, known && type == TypeA ? address : null);
    }

    private static byte[] Reply(ReadOnlySpan<byte> query, int end, int code, IPAddress? address)
    {
        var reply = new byte[end + (address is null ? 0 : 16)];
        query[..end].CopyTo(reply);
        // A response, authoritative, with the question's recursion bit; one question and at most one answer.
        reply[2] = (byte)(0x84 | (query[2] & 0x01));
        reply[3] = (byte)code;
        reply.AsSpan(4, 8).Clear();
        reply[5] = (byte)(end > 12 ? 1 : 0);
        if (address is not null)
        {
            reply[7] = 1;
            // Name by pointer to the question, A, IN, 5 s, four octets.
            ReadOnlySpan<byte> record = [0xc0, 0x0c, 0, TypeA, 0, 1, 0, 0, 0, 5, 0, 4];
            record.CopyTo(reply.AsSpan(end));
            address.GetAddressBytes().CopyTo(reply, end + record.Length);
        }

        return reply;
    }

    private async Task ReceiveAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            try
            {
                var query = await _socket.ReceiveAsync(_stopping.Token);
                if (Volatile.Read(ref _waiting) < MaxWaiting)
                {
                    _ = AnswerAsync(query);
                }
            }
            catch (SocketException)
            {
                // An answer could not be delivered: whoever asked has gone.
            }
        }
    }

    private async Task AnswerAsync(UdpReceiveResult query)
    {
        Interlocked.Increment(ref _waiting);
        try
        {
            if (Answer(query.Buffer, _region.Address) is { } answer)
            {
                await Task.Delay(_conditions.DnsDelay(_region), _clock, _stopping.Token);
                await _socket.SendAsync(answer, query.RemoteEndPoint, _stopping.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or ObjectDisposedException or SocketException)
        {
            // Over, or whoever asked has gone.
        }
        finally
        {
            Interlocked.Decrement(ref _waiting);
        }
    }
}
