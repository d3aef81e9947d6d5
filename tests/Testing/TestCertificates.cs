using System.Net;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Probes.Tests.Testing;

/// <summary>Certificates made for one test, and a TLS server that shows them.</summary>
internal static class TestCertificates
{
    /// <summary>A root to trust in a test.</summary>
    public static X509Certificate2 Root()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=Test root", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddYears(-3), now.AddYears(3));
    }

    /// <summary>A server's certificate, signed by <paramref name="root"/>, or by itself when there is none.</summary>
    public static X509Certificate2 Make(string name, TimeSpan validFor, X509Certificate2? root = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (IPAddress.TryParse(name, out var address))
        {
            names.AddIpAddress(address);
        }
        else
        {
            names.AddDnsName(name);
        }

        request.CertificateExtensions.Add(names.Build());
        var until = TimeProvider.System.GetUtcNow() + validFor;
        using var made = root is null
            ? request.CreateSelfSigned(until.AddDays(-100), until)
            : request.Create(root, until.AddDays(-100), until, RandomNumberGenerator.GetBytes(16)).CopyWithPrivateKey(key);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    public static RawServer Serve(
        X509Certificate2 certificate, Func<Stream, CancellationToken, Task>? serve = null, SslProtocols protocols = SslProtocols.None) => new(async (stream, ct) =>
    {
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate, EnabledSslProtocols = protocols }, ct);
        await (serve?.Invoke(tls, ct) ?? Task.CompletedTask);
    });
}
