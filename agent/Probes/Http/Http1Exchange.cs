using System.Buffers;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes.Http;

/// <summary>One HTTP/1.1 request and its response (RFC 9112) over a connection of its own. Written for this: a handler that pools and
/// redirects costs more CPU than the probe itself and hides the phases.</summary>
internal sealed class Http1Exchange(Dialer dialer, TlsHandshake handshake)
{
    public const string UserAgent = "Probes/0.1";

    public async ValueTask RunAsync(HttpRequest request, RunClock clock, Observation seen, CancellationToken ct)
    {
        var socket = await dialer.ConnectAsync(request.Url.IdnHost.Trim('[', ']'), request.Url.Port, clock, seen, ct);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (request.Secure)
        {
            var demands = new TlsDemands(request.Url.IdnHost.Trim('[', ']'), request.SkipCertificateCheck, TlsMinimum.Tls12, Http2: false);
            stream = await handshake.AuthenticateAsync(stream, demands, clock, seen, ct);
        }

        await using (stream)
        {
            await SendAsync(stream, request, clock, ct);
            clock.Enter(Phase.Wait);
            using var reader = new Http1Reader(stream);
            await reader.FirstByteAsync(ct);
            clock.Enter(Phase.Transfer);
            await ReadAsync(reader, request, seen, ct);
        }
    }

    private static async ValueTask SendAsync(Stream stream, HttpRequest request, RunClock clock, CancellationToken ct)
    {
        clock.Enter(Phase.Send);
        var head = Head(request);
        var buffer = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(head.Length));
        try
        {
            await stream.WriteAsync(buffer.AsMemory(0, Encoding.UTF8.GetBytes(head, buffer)), ct);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (!request.Body.IsEmpty)
        {
            await stream.WriteAsync(request.Body, ct);
        }
    }

    private static string Head(HttpRequest request)
    {
        var head = new StringBuilder(256);
        head.Append(request.Method).Append(' ').Append(request.Url.PathAndQuery).Append(" HTTP/1.1\r\n");
        if (!request.Has("host"))
        {
            head.Append("Host: ").Append(request.Url.IdnHost.Contains(':', StringComparison.Ordinal) ? $"[{request.Url.IdnHost.Trim('[', ']')}]" : request.Url.IdnHost);
            if (!request.Url.IsDefaultPort)
            {
                head.Append(CultureInfo.InvariantCulture, $":{request.Url.Port}");
            }

            head.Append("\r\n");
        }

        if (!request.Has("user-agent"))
        {
            head.Append("User-Agent: ").Append(UserAgent).Append("\r\n");
        }

        if (!request.Has("accept"))
        {
            head.Append("Accept: */*\r\n");
        }

        foreach (var (name, value) in request.Headers)
        {
            if (!name.Equals("content-length", StringComparison.OrdinalIgnoreCase) && !name.Equals("connection", StringComparison.OrdinalIgnoreCase))
            {
                head.Append(name).Append(": ").Append(value).Append("\r\n");
            }
        }

        if (!request.Body.IsEmpty || request.Method is "POST" or "PUT" or "PATCH")
        {
            head.Append(CultureInfo.InvariantCulture, $"Content-Length: {request.Body.Length}\r\n");
        }

        return head.Append("Connection: close\r\n\r\n").ToString();
    }

    private static async ValueTask ReadAsync(Http1Reader reader, HttpRequest request, Observation seen, CancellationToken ct)
    {
        do
        {
            seen.Headers.Clear();
            seen.StatusCode = await reader.HeadAsync(seen.Headers, ct);
        }
        while (seen.StatusCode is >= 100 and < 200 and not 101);

        if (request.Method == "HEAD" || seen.StatusCode is 101 or 204 or 304)
        {
            return;
        }

        using var sink = new BodySink(request.MaxBodyBytes, request.WantsBody);
        var coding = seen.Header("transfer-encoding");
        if (coding is not null)
        {
            if (!coding.EndsWith("chunked", StringComparison.OrdinalIgnoreCase))
            {
                await reader.UntilCloseAsync(sink, ct);
            }
            else
            {
                await reader.ChunkedAsync(sink, ct);
            }
        }
        else if (seen.Header("content-length") is { } length)
        {
            if (!long.TryParse(length, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes))
            {
                throw ProbeFault.Target(Reasons.BadResponse, $"content-length '{length}' is not a number");
            }

            await reader.ExactlyAsync(bytes, sink, ct);
        }
        else
        {
            await reader.UntilCloseAsync(sink, ct);
        }

        sink.Finish(seen);
    }
}
