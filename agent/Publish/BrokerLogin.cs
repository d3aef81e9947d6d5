using Probes.Agent.Session;
using RabbitMQ.Client;

namespace Probes.Agent.Publish;

/// <summary>Who an agent is at the broker, and which certificates it believes there.</summary>
/// <param name="AgentId">Its name there, where agents are known.</param>
/// <param name="Credential">Gives the credential that is good now: it changes with each renewal, and every connection asks for the newest.</param>
/// <param name="Trust">Whom to believe.</param>
internal sealed record BrokerLogin(string AgentId, Func<string> Credential, OrchestratorTrust Trust)
{
    /// <param name="factory">Made from the broker's address already.</param>
    /// <param name="asAgent">Whether to log in as this agent; otherwise as the address says.</param>
    public void Apply(ConnectionFactory factory, bool asAgent)
    {
        if (asAgent)
        {
            factory.UserName = AgentId;
            factory.CredentialsProvider = new OwnCredentials(AgentId, Credential);
        }

        if (factory.Ssl.Enabled)
        {
            factory.Ssl.ServerName = factory.HostName;
            factory.Ssl.CertificateValidationCallback = Trust.IsBelieved;
        }
    }

    private sealed class OwnCredentials(string agentId, Func<string> credential) : ICredentialsProvider
    {
        public string Name => "probes-agent";

        public Task<Credentials> GetCredentialsAsync(CancellationToken cancellationToken = default) =>
            Task.FromResult(new Credentials(Name, agentId, credential(), null));
    }
}
