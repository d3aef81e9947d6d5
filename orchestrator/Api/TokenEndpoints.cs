using Probes.Orchestrator.Access;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Projects;
using Probes.Orchestrator.Sessions;

namespace Probes.Orchestrator.Api;

/// <param name="Location">A defined location.</param>
/// <param name="MaxUses">1 to 10,000, default 1.</param>
/// <param name="ExpiresInSeconds">60 to 31,536,000, default 3,600.</param>
/// <param name="SourceCidrs">Addresses or CIDRs it may be used from, at most 32; default any.</param>
public sealed record TokenRequest(string? Location, int? MaxUses, long? ExpiresInSeconds, IReadOnlyList<string>? SourceCidrs = null);

/// <param name="Token">The whole token; shown this once.</param>
public sealed record NewTokenReply(string Id, string Token, string Location, int MaxUses, DateTimeOffset ExpiresAt, IReadOnlyList<string> SourceCidrs);

/// <param name="State">usable, used up, expired or revoked.</param>
/// <param name="SourceCidrs">Networks it may be used from; empty: any.</param>
/// <param name="UsedBy">The agents that enrolled with it, oldest first; deleted ones too.</param>
public sealed record TokenReply(
    string Id, string Location, int MaxUses, int Uses, DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ExpiresAt, string State,
    IReadOnlyList<string> SourceCidrs, IReadOnlyList<TokenUseReply> UsedBy);

/// <param name="Online">Whether the agent is connected now.</param>
public sealed record TokenUseReply(string AgentId, string Name, DateTimeOffset At, string Address, bool Online);

/// <summary>Enrolment tokens.</summary>
internal static class TokenEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var tokens = api.MapGroup("/tokens").WithTags("tokens");
        tokens.MapGet("", async (TokenService all, IAgentRegistry agents, CancellationToken ct) => TypedResults.Ok((await all.ListAsync(ct)).Select(t => Reply(t, agents))))
            .WithName("ListTokens").WithSummary("Enrolment tokens, newest first, without their secrets").Produces<IReadOnlyList<TokenReply>>();
        tokens.MapGet("{id}", async (string id, TokenService all, IAgentRegistry agents, CancellationToken ct) => await all.FindAsync(id, ct) is { } token
            ? TypedResults.Ok(Reply(token, agents)) : (IResult)Problems.NotFound("token", id))
            .WithName("GetToken").WithSummary("One enrolment token, and who used it").Produces<TokenReply>().ProducesProblem(404);
        tokens.MapPost("", CreateAsync).WithName("CreateToken").WithSummary("Create an enrolment token for a location")
            .Accepts<TokenRequest>("application/json").Produces<NewTokenReply>(201).ProducesProblem(400);
        tokens.MapDelete("{id}", async (string id, TokenService all, HttpContext http, CancellationToken ct) => await all.RevokeAsync(id, Caller.Of(http), ct)
            ? TypedResults.NoContent() : (IResult)Problems.NotFound("live token", id))
            .WithName("RevokeToken").WithSummary("Revoke a token; agents that used it stay").Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, TokenService all, ProjectScope scope, CancellationToken ct)
    {
        var (request, refusal) = await Bodies.ReadJsonAsync<TokenRequest>(http, ct);
        if (request is null)
        {
            return refusal!;
        }

        if (string.IsNullOrEmpty(request.Location))
        {
            return Problems.Field("location", "is missing", "the name of a defined location");
        }

        if (request.ExpiresInSeconds is < 60 or > 31_536_000)
        {
            return Problems.Field("expiresInSeconds", $"{request.ExpiresInSeconds} is not allowed", "60 to 31536000");
        }

        try
        {
            var lifetime = request.ExpiresInSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : (TimeSpan?)null;
            var (info, secret) = await all.CreateAsync(
                new TokenWish(scope.Qualify(request.Location), request.MaxUses, lifetime, request.SourceCidrs), Caller.Of(http.HttpContext), ct);
            return TypedResults.Created($"/api/v1/tokens/{info.Id}", new NewTokenReply(info.Id, secret, info.Location, info.MaxUses, info.ExpiresAt, info.SourceCidrs));
        }
        catch (TokenRefusedException refused)
        {
            return Problems.Field(refused.Field, refused.Message);
        }
    }

    private static TokenReply Reply(TokenInfo t, IAgentRegistry agents)
    {
        var online = t.UsedBy.Count == 0 ? [] : agents.Agents().Where(a => a.Online).Select(a => a.PublicId).ToHashSet(StringComparer.Ordinal);
        return new TokenReply(t.Id, t.Location, t.MaxUses, t.Uses, t.CreatedAt, t.CreatedBy, t.ExpiresAt, t.State, t.SourceCidrs,
            [.. t.UsedBy.Select(u => new TokenUseReply(u.AgentId, u.Name, u.At, u.Address, online.Contains(u.AgentId)))]);
    }
}
