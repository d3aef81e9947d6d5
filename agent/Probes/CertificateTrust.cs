using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Probes.Agent.Probes;

/// <summary>
/// Builds a certificate's chain to a trusted root, and remembers for a while that the very same certificates led there. Building costs as
/// much as the rest of a handshake, and its outcome depends on nothing but these bytes, the roots and the time (revocation is not
/// asked for: it would be another party's answer, not the target's). Names and dates of the target's own certificate are judged on every run.
/// </summary>
/// <param name="time">Clock.</param>
/// <param name="roots">Roots to trust; null means those of the system.</param>
internal sealed class CertificateTrust(TimeProvider time, X509Certificate2Collection? roots = null)
{
    private const int MostRemembered = 10_000;
    private static readonly TimeSpan Remember = TimeSpan.FromMinutes(10);
    private static readonly Oid ServerAuthentication = new("1.3.6.1.5.5.7.3.1");

    private readonly ConcurrentDictionary<UInt128, DateTimeOffset> _trusted = new();

    /// <summary>A policy by which SslStream itself builds next to nothing: <see cref="Faults"/> does the work. Names it must still match.</summary>
    public static X509ChainPolicy Nothing() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
        VerificationFlags = X509VerificationFlags.AllFlags & ~X509VerificationFlags.IgnoreInvalidName,
    };

    /// <summary>What is wrong with the chain; none when it leads to a trusted root.</summary>
    /// <param name="certificate">The target's certificate.</param>
    /// <param name="sent">Other certificates that the target sent.</param>
    public X509ChainStatusFlags Faults(X509Certificate2 certificate, X509Certificate2Collection sent)
    {
        var now = time.GetUtcNow();
        var key = Key(certificate, sent);
        if (_trusted.TryGetValue(key, out var until) && now < until)
        {
            return X509ChainStatusFlags.NoError;
        }

        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;

        // A target could name a slow server in its certificate, and no time-out would reach the download.
        chain.ChainPolicy.DisableCertificateDownloads = true;
        chain.ChainPolicy.VerificationTime = now.LocalDateTime;
        chain.ChainPolicy.ApplicationPolicy.Add(ServerAuthentication);
        chain.ChainPolicy.ExtraStore.AddRange(sent);
        if (roots is not null)
        {
            chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
            chain.ChainPolicy.CustomTrustStore.AddRange(roots);
        }

        if (!chain.Build(certificate))
        {
            return chain.ChainStatus.Aggregate(X509ChainStatusFlags.NoError, (all, status) => all | status.Status);
        }

        var end = chain.ChainElements.Min(e => new DateTimeOffset(e.Certificate.NotAfter));
        if (_trusted.Count >= MostRemembered)
        {
            _trusted.Clear();
        }

        _trusted[key] = end < now + Remember ? end : now + Remember;
        return X509ChainStatusFlags.NoError;
    }

    private static UInt128 Key(X509Certificate2 certificate, X509Certificate2Collection sent)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(certificate.RawDataMemory.Span);
        foreach (var other in sent)
        {
            hash.AppendData(other.RawDataMemory.Span);
        }

        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        hash.GetHashAndReset(digest);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(digest);
    }
}
