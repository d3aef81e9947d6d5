using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Ingest;

namespace Probes.Orchestrator.Broker;

/// <summary>
/// What an agent may do at the broker: log in with its id and the credential it has now, and write to the one exchange. Nothing else: it declares,
/// deletes and reads nothing. Everything that is not permitted here is denied, whatever a newer broker may ask.
/// </summary>
internal sealed class AgentRights(ICatalog catalog, IAgentAuthenticator agents, IConfiguration configuration)
{
    private readonly string _vhost = VhostOf(configuration["Bus:ConnectionString"]);

    internal bool MayLogIn(string user, string password) => agents.AuthenticateCredential(password)?.PublicId == user;

    internal bool MayEnter(string user, string vhost) => IsLive(user) && vhost == _vhost;

    internal bool MayUse(string user, string vhost, string resource, string name, string permission) =>
        MayEnter(user, vhost) && resource == "exchange" && name == BusTopology.Exchange && permission == "write";

    internal bool MayRoute(string user, string vhost, string resource, string name, string permission) =>
        MayEnter(user, vhost) && resource == "topic" && name == BusTopology.Exchange && permission == "write";

    private bool IsLive(string user) => catalog.Current.AgentsByPublicId.TryGetValue(user, out var agent) && !agent.Disabled;

    internal static string VhostOf(string? address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.AbsolutePath.Length > 1 ? Uri.UnescapeDataString(uri.AbsolutePath[1..]) : "/";
}
