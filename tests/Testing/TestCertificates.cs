using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Probes.Tests.Testing;

/// <summary>Self-signed certificates made for one test, and a TLS server that shows them.</summary>
internal static class TestCertificates
{
    public static X509Certificate2 Make(string name, TimeSpan validFor)
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
        using var made = request.CreateSelfSigned(until.AddDays(-100), until);
        return X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    public static RawServer Serve(X509Certificate2 certificate, Func<Stream, CancellationToken, Task>? serve = null) => new(async (stream, ct) =>
    {
        await using var tls = new SslStream(stream);
        await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, ct);
        await (serve?.Invoke(tls, ct) ?? Task.CompletedTask);
    });
}
