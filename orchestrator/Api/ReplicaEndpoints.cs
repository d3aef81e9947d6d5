using Probes.Orchestrator.Leadership;

namespace Probes.Orchestrator.Api;

internal static class ReplicaEndpoints
{
    internal static void Map(RouteGroupBuilder api) =>
        api.MapGet("/replicas", (ReplicaBook replicas, CancellationToken ct) => replicas.ReadAsync(ct)).WithTags("operations").WithName("ListReplicas")
            .WithSummary("Orchestrators that live on this database, and which of them leads").Produces<IReadOnlyList<ReplicaStatus>>();
}
