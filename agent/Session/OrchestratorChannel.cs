using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.Extensions.Logging;

namespace Probes.Agent.Session;

/// <summary>The one gRPC channel to the orchestrator, for enrolment, session and relay. It outlives the session, so that a stop can still publish.</summary>
internal sealed class OrchestratorChannel : IDisposable
{
    // Above the orchestrator's parts of a snapshot (1 MiB and one check) and the batches of the relay.
    private const int MaxMessageBytes = 32 * 1024 * 1024;

    private readonly X509Certificate2 _certificate;
    private readonly AgentProxy? _proxy;
    private readonly FreshConnections _connections;

    public OrchestratorChannel(AgentOptions options, OrchestratorTrust trust, AgentKey key, ILoggerFactory logs)
    {
        Address = options.Orchestrator;
        _proxy = options.Proxy;
        _certificate = key.Certificate();
        _connections = new FreshConnections(() => new SocketsHttpHandler
        {
            SslOptions = Tls(trust),

            // What the machine's variables say was read with the flags: the runtime would send the web's proxy what it cannot carry.
            UseProxy = options.Proxy is not null,
            Proxy = options.Proxy,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            EnableMultipleHttp2Connections = true,

            // The relay may pause longer than a firewall remembers; heartbeats keep the session's own connection warm.
            KeepAlivePingDelay = TimeSpan.FromSeconds(30),
            KeepAlivePingTimeout = TimeSpan.FromSeconds(15),
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        });
        Channel = GrpcChannel.ForAddress(options.Orchestrator, new GrpcChannelOptions
        {
            // A handler of ours: with the runtime's own the gRPC client would resolve the orchestrator's name itself and go there past the proxy.
            HttpHandler = _connections,
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MaxMessageBytes,
            MaxSendMessageSize = MaxMessageBytes,
            LoggerFactory = logs,
        });
        if (_proxy is not null)
        {
            Log.Proxied(logs.CreateLogger<OrchestratorChannel>(), Address.GetLeftPart(UriPartial.Authority), _proxy.ToString());
        }
    }

    public Uri Address { get; }

    public GrpcChannel Channel { get; }

    /// <summary>Whoever is at the other end does not answer: the next call goes over another connection, and may come to another orchestrator.</summary>
    public void Reconnect() => _connections.Renew();

    /// <summary>What a person should read about a call that failed.</summary>
    public string Describe(Status status) => SessionErrors.Describe(status, Address, _proxy is null ? "" : $" through the proxy {_proxy}");

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
