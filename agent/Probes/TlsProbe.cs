using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes;

/// <summary>A TLS handshake: protocol, cipher, chain, name, days left.</summary>
internal sealed class TlsProbe(Dialer dialer, TlsHandshake handshake, TimeProvider time) : IProbe
{
    private const int MostNames = 20;

    public string Kind => "tls";

    public ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping) =>
        ProbeRun.RunAsync(check, time, timeout, stopping, async (clock, seen, ct) =>
        {
            var spec = (TlsSpec)check.Probe;
            var socket = await dialer.ConnectAsync(spec.Host, spec.Port, clock, seen, ct);
            var demands = new TlsDemands(spec.ServerName.Length > 0 ? spec.ServerName : spec.Host, spec.SkipCertificateCheck, spec.MinProtocol, Http2: false);
            await using var stream = await handshake.AuthenticateAsync(new NetworkStream(socket, ownsSocket: true), demands, clock, seen, ct);
            if (stream.RemoteCertificate is X509Certificate2 certificate && certificate.Extensions.OfType<X509SubjectAlternativeNameExtension>().FirstOrDefault() is { } names)
            {
                seen.Note("cert_names", string.Join(", ", names.EnumerateDnsNames().Concat(names.EnumerateIPAddresses().Select(a => a.ToString())).Take(MostNames)));
            }
        });
}
