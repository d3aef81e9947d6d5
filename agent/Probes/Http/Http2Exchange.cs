using System.Buffers;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes.Http;

/// <summary>
/// One HTTP/2 request over a connection of its own: with prior knowledge for http, by ALPN for https. Sending is not told apart from
/// waiting, as frames go out while the answer is awaited.
/// </summary>
internal sealed class Http2Exchange(Dialer dialer, TlsHandshake handshake)
{
    public async ValueTask RunAsync(HttpRequest request, RunClock clock, Observation seen, CancellationToken ct)
    {
        // Dialled before the handler asks for it: the handler would dial in the background, on after the time-out, in a phase that nobody timed.
        await using var stream = await ConnectAsync(request, clock, seen, ct);
        Stream? fresh = stream;
        using var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 64,
            ConnectCallback = (_, _) => ValueTask.FromResult(Interlocked.Exchange(ref fresh, null) ?? throw new IOException("the target refused the request")),
        };
        using var invoker = new HttpMessageInvoker(handler, disposeHandler: false);
        using var message = Message(request);
        try
        {
            using var response = await invoker.SendAsync(message, ct);
            clock.Enter(Phase.Transfer);
            seen.StatusCode = (int)response.StatusCode;
            seen.Headers.AddRange(response.Headers.Concat(response.Content.Headers).Select(h => KeyValuePair.Create(h.Key.ToLowerInvariant(), string.Join(", ", h.Value))));
            await ReadAsync(response, request, seen, ct);
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            ct.ThrowIfCancellationRequested();
            throw Failure(e);
        }
    }

    private async ValueTask<Stream> ConnectAsync(HttpRequest request, RunClock clock, Observation seen, CancellationToken ct)
    {
        var host = request.Url.IdnHost.Trim('[', ']');
        Stream stream = new NetworkStream(await dialer.ConnectAsync(host, request.Url.Port, clock, seen, ct), ownsSocket: true);
        if (request.Secure)
        {
            stream = await handshake.AuthenticateAsync(stream, new TlsDemands(host, request.SkipCertificateCheck, TlsMinimum.Tls12, Http2: true), clock, seen, ct);
            if (((SslStream)stream).NegotiatedApplicationProtocol != SslApplicationProtocol.Http2)
            {
                await stream.DisposeAsync();
                throw ProbeFault.Target(Reasons.BadResponse, "the target does not offer HTTP/2 (ALPN h2)");
            }
        }

        clock.Enter(Phase.Wait);
        return stream;
    }

    private static ProbeFault Failure(Exception e)
    {
        for (var cause = e; cause is not null; cause = cause.InnerException)
        {
            switch (cause)
            {
                case SocketException socket:
                    return ProbeFault.Of(socket, "the target");
                case HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded }:
                    return ProbeFault.Target(Reasons.ConnectionClosed, "the target closed the connection before the end of its answer");
            }
        }

        return ProbeFault.Target(Reasons.BadResponse, $"no HTTP/2 answer: {e.InnerException?.Message ?? e.Message}");
    }

    private static HttpRequestMessage Message(HttpRequest request)
    {
        var message = new HttpRequestMessage(new HttpMethod(request.Method), request.Url)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        if (!request.Body.IsEmpty)
        {
            message.Content = new ReadOnlyMemoryContent(request.Body);
        }

        if (!request.Has("user-agent"))
        {
            message.Headers.TryAddWithoutValidation("user-agent", Http1Exchange.UserAgent);
        }

        foreach (var (name, value) in request.Headers)
        {
            if (!message.Headers.TryAddWithoutValidation(name, value))
            {
                message.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return message;
    }

    private static async ValueTask ReadAsync(HttpResponseMessage response, HttpRequest request, Observation seen, CancellationToken ct)
    {
        using var sink = new BodySink(request.MaxBodyBytes, request.WantsBody);
        var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
        try
        {
            await using var body = await response.Content.ReadAsStreamAsync(ct);
            int read;
            while ((read = await body.ReadAsync(buffer, ct)) > 0 && sink.Take(buffer.AsSpan(0, read)))
            {
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        sink.Finish(seen);
    }
}
