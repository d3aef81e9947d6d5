using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace Probes.Agent.Session;

/// <summary>The one gRPC channel to the orchestrator, for enrolment, session and relay. It outlives the session, so that a stop can still publish.</summary>
internal sealed class OrchestratorChannel : IDisposable
{
    // Above the orchestrator's parts of a snapshot (1 MiB and one check) and the batches of the relay.
    private const int MaxMessageBytes = 32 * 1024 * 1024;

    private readonly X509Certificate2 _certificate;

    public OrchestratorChannel(AgentOptions options, OrchestratorTrust trust, AgentKey key, ILoggerFactory logs)
    {
        Address = options.Orchestrator;
        _certificate = key.Certificate();
        Channel = GrpcChannel.ForAddress(options.Orchestrator, new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                SslOptions = Tls(trust),
                ConnectTimeout = TimeSpan.FromSeconds(10),
                EnableMultipleHttp2Connections = true,

                // The relay may pause longer than a firewall remembers; heartbeats keep the session's own connection warm.
                KeepAlivePingDelay = TimeSpan.FromSeconds(30),
                KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
                KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxMessageBytes,
            MaxSendMessageSize = MaxMessageBytes,
            LoggerFactory = logs,
        });
    }

    public Uri Address { get; }

    public GrpcChannel Channel { get; }

    public void Dispose()
    {
        Channel.Dispose();
        _certificate.Dispose();
    }

    /// <summary>The server is verified; the client shows its own key to whoever asks for it.</summary>
    private SslClientAuthenticationOptions Tls(OrchestratorTrust trust) => new()
    {
        CertificateChainPolicy = trust.Policy(),
        LocalCertificateSelectionCallback = (_, _, _, _, _) => _certificate,
    };
}
