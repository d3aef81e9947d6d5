using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Probes.Agent.Session;

/// <summary>Whom the agent believes on its own connections, to the orchestrator and to the broker: the machine's roots, or those of <c>--ca</c> alone.</summary>
internal sealed class OrchestratorTrust
{
    private readonly X509Certificate2Collection _roots = [];

    /// <exception cref="AgentStopException">The file holds no certificate.</exception>
    public OrchestratorTrust(AgentOptions options)
    {
        if (options.CaFile.Length == 0)
        {
            return;
        }

        try
        {
            _roots.ImportFromPemFile(options.CaFile);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new AgentStopException(ExitCodes.BadInput, $"--ca: '{options.CaFile}' cannot be read as certificates (PEM): {error.Message}", error);
        }

        if (_roots.Count == 0)
        {
            throw new AgentStopException(ExitCodes.BadInput, $"--ca: '{options.CaFile}' holds no certificate (PEM, 'BEGIN CERTIFICATE')");
        }
    }

    /// <summary>How a server's chain is judged; null: as the machine does. Names are checked in any case.</summary>
    public X509ChainPolicy? Policy()
    {
        if (_roots.Count == 0)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(_roots);
        return policy;
    }

    /// <summary>The same, for clients that ask with a chain of their own.</summary>
    public bool IsBelieved(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        if (Policy() is not { } policy)
        {
            return errors == SslPolicyErrors.None;
        }

        // Only who signed it is judged anew; a wrong name stays wrong.
        if (certificate is null || (errors & ~SslPolicyErrors.RemoteCertificateChainErrors) != 0)
        {
            return false;
        }

        using var own = new X509Chain { ChainPolicy = policy };
        foreach (var element in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
        {
            policy.ExtraStore.Add(element.Certificate);
        }

        return own.Build(certificate as X509Certificate2 ?? X509CertificateLoader.LoadCertificate(certificate.GetRawCertData()));
    }
}
