namespace Probes.Agent.Probes;

/// <summary>
/// Machine-readable reasons of failed runs: status, failure source, meaning.
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
}
