using Probes.Orchestrator.Catalog;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Tells which agent a call comes from.</summary>
public interface IAgentAuthenticator
{
    /// <summary>The enabled agent whose credential the value of the <c>authorization</c> header carries; null when there is none.</summary>
    CatalogAgent? Authenticate(string? authorization);
}
