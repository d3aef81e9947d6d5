using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Probes.Tests.Testing;

namespace Probes.Benchmarks.Agents;

/// <summary>What both sides probe: HTTP and HTTPS by Kestrel, TCP that accepts and closes, and DNS that always answers 192.0.2.1.</summary>
internal sealed class Targets : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly WebApplication _web;
    private readonly UdpClient _dns = new(new IPEndPoint(IPAddress.Loopback, 0));

    private Targets(WebApplication web) => _web = web;

    public int Http { get; private init; }

    public int Https { get; private init; }

    public int Tcp => Http;

    public int Dns => ((IPEndPoint)_dns.Client.LocalEndPoint!).Port;

    public static async Task<Targets> StartAsync()
    {
        var (http, https) = (FreePort.Next(), FreePort.Next());
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(k =>
        {
            k.Listen(IPAddress.Loopback, http);
            k.Listen(IPAddress.Loopback, https, l => l.UseHttps(Certificate()));
        });
        var web = builder.Build();
        web.Run(context => context.Response.WriteAsync("ok"));
        await web.StartAsync();
        var targets = new Targets(web) { Http = http, Https = https };
        _ = targets.AnswerDnsAsync();
        return targets;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _dns.Dispose();
        await _web.DisposeAsync();
        _stopping.Dispose();
    }

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var made = request.CreateSelfSigned(now.AddDays(-1), now.AddDays(90));
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    // One answer record that points back at the question (RFC 1035 section 4.1.4), A 192.0.2.1, TTL 60.
    private async Task AnswerDnsAsync()
    {
        byte[] answer = [0xC0, 0x0C, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 192, 0, 2, 1];
        while (!_stopping.IsCancellationRequested)
        {
            UdpReceiveResult query;
            try
            {
                query = await _dns.ReceiveAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException or SocketException)
            {
                return;
            }

            var end = 12;
            while (query.Buffer[end] != 0)
            {
                end += query.Buffer[end] + 1;
            }

            end += 5;
            byte[] reply = [.. query.Buffer[..end], .. answer];
            (reply[2], reply[3]) = (0x81, 0x80);
            (reply[6], reply[7], reply[8], reply[9], reply[10], reply[11]) = (0, 1, 0, 0, 0, 0);
            await _dns.SendAsync(reply, query.RemoteEndPoint);
        }
    }
}
