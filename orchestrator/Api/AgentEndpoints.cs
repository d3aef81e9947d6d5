using Probes.Orchestrator.Access;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Api;

/// <summary>One agent as last heard of. ClockOffsetMs: the orchestrator's clock minus the agent's. Capacity and Load: runs a second.</summary>
/// <param name="Unfit">What is wrong with it now.</param>
/// <param name="Capacity">As declared; 0: not declared.</param>
/// <param name="State">The most important of <paramref name="States"/>.</param>
/// <param name="States">All that hold of: refused-identity, disabled, never-seen, offline, unfit, drained, degraded, online.</param>
/// <param name="Degraded">What it cannot do that this orchestrator would use; empty when nothing is missing.</param>
public sealed record AgentReply(
    string Id, string Name, string Location, string Region, bool Online, bool Disabled, bool Drained, string Version, DateTimeOffset? LastSeenAt, int RunningChecks,
    long Revision, long AppliedRevision, double ClockOffsetMs, long RunsExecuted, long RunsMissed, long RunsLate, long RunsShed, long ResultsDropped, long SpoolDepth,
    double Capacity, double Load, string Transport, string Degraded, string LastError, IReadOnlyList<AgentUnfit> Unfit,
    string State, IReadOnlyList<string> States);

/// <summary>What is to be another; a field that is absent stays as it is.</summary>
/// <param name="Name">1 to 63 lower case letters, digits and '-'; unique.</param>
/// <param name="Location">A defined location of the same project.</param>
/// <param name="Drained">True: it is given no checks, and keeps its session.</param>
/// <param name="Disabled">True: it is shut out.</param>
public sealed record AgentPatch(string? Name, string? Location, bool? Drained, bool? Disabled);

/// <summary>Those who run checks.</summary>
internal static class AgentEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var agents = api.MapGroup("/agents").WithTags("agents");
        agents.MapGet("", (IAgentRegistry all) => TypedResults.Ok(all.Agents().Select(Reply)))
            .WithName("ListAgents").WithSummary("All enrolled agents, as last heard of").Produces<IReadOnlyList<AgentReply>>();
        agents.MapGet("{agent}", (string agent, IAgentRegistry all, AgentSwitch known) => Find(agent, all, known) is { } found
            ? TypedResults.Ok(found) : (IResult)Problems.NotFound("agent", agent))
            .WithName("GetAgent").WithSummary("One agent, by id or name").Produces<AgentReply>().ProducesProblem(404);
        agents.MapPatch("{agent}", ChangeAsync).WithName("ChangeAgent").WithSummary("Rename, move, drain or disable an agent, by id or name")
            .Accepts<AgentPatch>("application/json").Produces<AgentReply>().ProducesProblem(400).ProducesProblem(404);
        agents.MapDelete("{agent}", async (string agent, AgentSwitch known, HttpContext context, CancellationToken ct) =>
            await known.DeleteAsync(agent, Caller.Of(context), ct) ? TypedResults.NoContent() : (IResult)Problems.NotFound("agent", agent))
            .WithName("DeleteAgent").WithSummary("Delete an agent, by id or name: its credential is dead, its history stays").Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> ChangeAsync(
        string agent, HttpContext context, AgentSwitch known, IAgentRegistry all, CancellationToken ct)
    {
        var (patch, refusal) = await Bodies.ReadJsonAsync<AgentPatch>(context.Request, ct);
        if (patch is null)
        {
            return refusal!;
        }

        try
        {
            var change = new AgentChange(patch.Name, patch.Location, patch.Drained, patch.Disabled);
            return await known.ChangeAsync(agent, change, Caller.Of(context), ct) is { } changed && Find(changed.PublicId, all, known) is { } found
                ? TypedResults.Ok(found)
                : Problems.NotFound("agent", agent);
        }
        catch (AgentChangeRefusedException refused)
        {
            return Problems.Field(refused.Field, refused.Message, refused.Allowed);
        }
    }

    private static AgentReply? Find(string idOrName, IAgentRegistry all, AgentSwitch known) =>
        known.Find(idOrName) is { } agent && all.Agents().FirstOrDefault(a => a.PublicId == agent.PublicId) is { } found ? Reply(found) : null;

    private static AgentReply Reply(AgentStatus a)
    {
        var states = AgentStates.Of(a);
        return new AgentReply(
            a.PublicId, a.Name, a.Location, a.Region, a.Online, a.Disabled, a.Drained, a.Version, a.LastSeenAt, a.RunningChecks, a.Revision, a.AppliedRevision,
            a.ClockOffset.TotalMilliseconds, a.RunsExecuted, a.RunsMissed, a.RunsLate, a.RunsShed, a.ResultsDropped, a.SpoolDepth, a.Capacity, a.Load, a.Transport,
            a.Degraded, a.LastError, a.Unfit, states[0], states);
    }
}
