using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Tells which agent a call comes from.</summary>
public interface IAgentAuthenticator
{
    /// <summary>The enabled agent whose credential the value of the <c>authorization</c> header carries; null when there is none.</summary>
    CatalogAgent? Authenticate(string? authorization);

    /// <summary>The enabled agent whose credential this is; null when it is none's, or has expired.</summary>
    CatalogAgent? AuthenticateCredential(string? credential);

    /// <summary>Whether nothing that the agent may hold is good any more: its session must end.</summary>
    bool HasLapsed(string publicId);

    /// <summary>Its credential or key has changed: ask the store again.</summary>
    void Forget(string publicId);

    /// <summary>The key bound to the agent; null when it has none or is unknown.</summary>
    byte[]? KeyOf(string publicId);
}
