using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace Probes.Orchestrator.Ingest;

/// <summary>Believes brokers whose certificates lead to the roots of a file, and to no others.</summary>
internal sealed class BrokerTrust
{
    private readonly X509Certificate2Collection _roots = [];

    internal BrokerTrust(string caFile) => _roots.ImportFromPemFile(caFile);

    internal bool IsBelieved(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        // Only who signed it is judged anew; a wrong name stays wrong.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            return false;
        }

        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.CustomTrustStore.AddRange(_roots);
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            own.ChainPolicy.ExtraStore.Add(element.Certificate);
        }

        return own.Build(certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()));
    }
}
