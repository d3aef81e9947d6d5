using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes;

/// <summary>What a handshake must fulfil.</summary>
internal readonly record struct TlsDemands(string ServerName, bool SkipCertificateCheck, TlsMinimum Minimum, bool Http2);

/// <summary>The TLS handshake of every kind that needs one. Options are made anew each time: shared ones take the first target's name for all.</summary>
internal sealed class TlsHandshake(CertificateTrust trust, TimeProvider time)
{
    /// <summary>Takes over the stream below; on failure it is disposed.</summary>
    /// <exception cref="ProbeFault">The handshake failed or the certificate is not accepted.</exception>
    public async ValueTask<SslStream> AuthenticateAsync(Stream below, TlsDemands demands, RunClock clock, Observation seen, CancellationToken ct)
    {
        clock.Enter(Phase.Tls);
        ProbeFault? refused = null;
        var stream = new SslStream(below, leaveInnerStreamOpen: false);
        try
        {
            await stream.AuthenticateAsClientAsync(Options(demands, fault => refused = fault, seen), ct);
            clock.Leave();
            seen.Note("tls_protocol", stream.SslProtocol switch
            {
                SslProtocols.Tls12 => "TLS 1.2",
                SslProtocols.Tls13 => "TLS 1.3",
                var other => other.ToString(),
            });
            seen.Note("tls_cipher", stream.NegotiatedCipherSuite.ToString());
            return stream;
        }
        catch (AuthenticationException e)
        {
            await stream.DisposeAsync();
            throw refused ?? Failure(e);
        }
        catch (IOException e) when (e.InnerException is not SocketException)
        {
            await stream.DisposeAsync();
            throw ProbeFault.Target(Reasons.TlsHandshakeFailed, $"the TLS handshake failed: {e.Message}");
        }
        catch
        {
            await stream.DisposeAsync();
            throw;
        }
    }

    private SslClientAuthenticationOptions Options(TlsDemands demands, Action<ProbeFault> refuse, Observation seen)
    {
        return new SslClientAuthenticationOptions
        {
            TargetHost = demands.ServerName,
            EnabledSslProtocols = demands.Minimum == TlsMinimum.Tls13 ? SslProtocols.Tls13 : SslProtocols.None,
            CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
            CertificateChainPolicy = CertificateTrust.Nothing(),
            ApplicationProtocols = demands.Http2 ? [SslApplicationProtocol.Http2] : null,
            RemoteCertificateValidationCallback = (_, certificate, chain, errors) =>
            {
                if (certificate is X509Certificate2 shown)
                {
                    Describe(shown, seen);
                }

                var fault = demands.SkipCertificateCheck ? null : Judge(certificate as X509Certificate2, chain, errors, demands.ServerName);
                if (fault is not null)
                {
                    refuse(fault);
                }

                return fault is null;
            },
        };
    }

    private void Describe(X509Certificate2 certificate, Observation seen)
    {
        var left = (int)Math.Floor((certificate.NotAfter.ToUniversalTime() - time.GetUtcNow().UtcDateTime).TotalDays);
        seen.CertificateDaysLeft = left;
        seen.Note("cert_days_left", left.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes], issuer = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(certificate.RawDataMemory.Span, digest);
        SHA256.HashData(certificate.IssuerName.RawData, issuer);
        seen.Note(EvidenceNames.Certificate, $"{EvidenceNames.Short(digest)}/{EvidenceNames.Short(issuer, 4)}");
        seen.Note("cert_sha256", Convert.ToHexStringLower(digest));
        seen.Note("cert_serial", certificate.SerialNumber.ToLowerInvariant());
        seen.Note("cert_not_after", certificate.NotAfter.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
        seen.Note("cert_subject", certificate.Subject);
        seen.Note("cert_issuer", certificate.Issuer);
    }

    private ProbeFault? Judge(X509Certificate2? certificate, X509Chain? chain, SslPolicyErrors errors, string name)
    {
        if (certificate is null || errors.HasFlag(SslPolicyErrors.RemoteCertificateNotAvailable))
        {
            return ProbeFault.Target(Reasons.TlsHandshakeFailed, "the target showed no certificate");
        }

        var now = time.GetUtcNow().UtcDateTime;
        if (certificate.NotAfter.ToUniversalTime() < now || certificate.NotBefore.ToUniversalTime() > now)
        {
            return ProbeFault.Target(Reasons.CertificateExpired,
                $"the certificate is valid from {certificate.NotBefore.ToUniversalTime():yyyy-MM-dd} to {certificate.NotAfter.ToUniversalTime():yyyy-MM-dd}");
        }

        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
        {
            return ProbeFault.Target(Reasons.CertificateNameMismatch, $"the certificate ({certificate.Subject}) is not for {name}");
        }

        return trust.Faults(certificate, chain?.ChainPolicy.ExtraStore ?? []) switch
        {
            X509ChainStatusFlags.NoError => null,
            var faults when faults.HasFlag(X509ChainStatusFlags.NotTimeValid) && !faults.HasFlag(X509ChainStatusFlags.UntrustedRoot) =>
                ProbeFault.Target(Reasons.CertificateExpired, "a certificate between the target's and the root is not valid now"),
            var faults => ProbeFault.Target(Reasons.CertificateUntrusted, $"the certificate is not trusted: {faults}"),
        };
    }

    private static ProbeFault Failure(AuthenticationException e)
    {
        var why = e.InnerException?.InnerException?.Message ?? e.InnerException?.Message ?? e.Message;
        return why.Contains("protocol version", StringComparison.OrdinalIgnoreCase) || why.Contains("unsupported protocol", StringComparison.OrdinalIgnoreCase)
            ? ProbeFault.Target(Reasons.TlsProtocolTooOld, $"no common TLS version: {why}")
            : ProbeFault.Target(Reasons.TlsHandshakeFailed, $"the TLS handshake failed: {why}");
    }
}
