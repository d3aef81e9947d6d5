using System.Net.Sockets;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes;

/// <summary>A TLS handshake: protocol, cipher, chain, name, days left.</summary>
internal sealed class TlsProbe(Dialer dialer, TlsHandshake handshake, TimeProvider time) : IProbe
{
    public string Kind => "tls";

    public ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping) =>
        ProbeRun.RunAsync(check, time, timeout, stopping, async (clock, seen, ct) =>
        {
            var spec = (TlsSpec)check.Probe;
            var socket = await dialer.ConnectAsync(spec.Host, spec.Port, clock, seen, ct);
            var demands = new TlsDemands(spec.ServerName.Length > 0 ? spec.ServerName : spec.Host, spec.SkipCertificateCheck, spec.MinProtocol, Http2: false);
            await using var stream = await handshake.AuthenticateAsync(new NetworkStream(socket, ownsSocket: true), demands, clock, seen, ct);
        });
}
