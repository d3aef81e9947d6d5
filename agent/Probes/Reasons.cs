namespace Probes.Agent.Probes;

/// <summary>
/// Machine-readable reasons of runs that did not pass, each with its status and whom it blames:
/// <list type="table">
/// <listheader><term>seen</term><description>status, source, reason</description></listheader>
/// <item><term>the name has no address, or its server says no</term><description>Failed, Dns: nxdomain, servfail, refused, dns_failed, no_answers</description></item>
/// <item><term>the resolver stays silent</term><description>TimedOut, Dns: dns_timeout</description></item>
/// <item><term>nobody answers the connection</term><description>TimedOut, Network: connect_timeout</description></item>
/// <item><term>no route, or a router says no</term><description>Failed, Network: unreachable</description></item>
/// <item><term>the port is closed; the connection is reset or closed too early</term><description>Failed, Target: connect_refused, connection_reset, connection_closed</description></item>
/// <item><term>handshake or certificate is not accepted</term><description>Failed, Target: tls_handshake_failed, tls_protocol_too_old, cert_...</description></item>
/// <item><term>the target takes too long once connected</term><description>TimedOut, Target: tls_timeout, send_timeout, wait_timeout, transfer_timeout</description></item>
/// <item><term>the answer breaks the protocol or is not the expected one</term><description>Failed, Target: bad_response, bad_status, bad_redirect, too_many_redirects, unexpected_answer</description></item>
/// <item><term>an assertion does not hold</term><description>Failed, Target (Dns for a dns check): assertion_failed</description></item>
/// <item><term>this agent has no sockets, ports or right to connect</term><description>Failed, Agent: agent_no_sockets</description></item>
/// <item><term>this machine has no DNS server configured</term><description>Failed, Agent: agent_no_resolver</description></item>
/// <item><term>the agent's policy file forbids it, or its location has no business at that address</term><description>Failed, Agent: policy_denied, address_refused (<see cref="Policy.Refusal"/>)</description></item>
/// </list>
/// </summary>
internal static class Reasons
{
    // Failed, dns: the name has no such record, or its server says no.
    public const string NxDomain = "nxdomain";
    public const string ServFail = "servfail";
    public const string DnsRefused = "refused";
    public const string DnsFailed = "dns_failed";
    public const string NoAnswers = "no_answers";

    // Timed out, by the phase that was under way: dns blames dns, connect the network, the others the target.
    public const string DnsTimeout = "dns_timeout";
    public const string ConnectTimeout = "connect_timeout";
    public const string TlsTimeout = "tls_timeout";
    public const string SendTimeout = "send_timeout";
    public const string WaitTimeout = "wait_timeout";
    public const string TransferTimeout = "transfer_timeout";

    // Failed, network: no way there.
    public const string Unreachable = "unreachable";

    // Failed, target.
    public const string ConnectRefused = "connect_refused";
    public const string ConnectionReset = "connection_reset";
    public const string ConnectionClosed = "connection_closed";
    public const string CertificateExpired = "cert_expired";
    public const string CertificateNameMismatch = "cert_name_mismatch";
    public const string CertificateUntrusted = "cert_untrusted";
    public const string TlsHandshakeFailed = "tls_handshake_failed";
    public const string TlsProtocolTooOld = "tls_protocol_too_old";
    public const string BadResponse = "bad_response";
    public const string BadStatus = "bad_status";
    public const string BadRedirect = "bad_redirect";
    public const string TooManyRedirects = "too_many_redirects";
    public const string Unexpected = "unexpected_answer";

    // Failed, target; for DNS answers, dns.
    public const string AssertionFailed = "assertion_failed";

    // Failed, agent: never counts against the target.
    public const string AgentNoSockets = "agent_no_sockets";
    public const string AgentNoResolver = "agent_no_resolver";
}
