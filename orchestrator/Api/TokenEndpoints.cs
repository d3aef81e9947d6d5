using Probes.Orchestrator.Access;
using Probes.Orchestrator.Enrolment;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Api;

/// <param name="Location">A defined location.</param>
/// <param name="MaxUses">1 to 10,000, default 1.</param>
/// <param name="ExpiresInSeconds">60 to 31,536,000, default 3,600.</param>
public sealed record TokenRequest(string? Location, int? MaxUses, long? ExpiresInSeconds);

/// <param name="Token">The whole token; shown this once.</param>
public sealed record NewTokenReply(string Id, string Token, string Location, int MaxUses, DateTimeOffset ExpiresAt);

/// <param name="State">usable, used up, expired or revoked.</param>
public sealed record TokenReply(string Id, string Location, int MaxUses, int Uses, DateTimeOffset CreatedAt, DateTimeOffset ExpiresAt, string State);

/// <summary>Enrolment tokens.</summary>
internal static class TokenEndpoints
{
    public static void Map(RouteGroupBuilder api)
    {
        var tokens = api.MapGroup("/tokens").WithTags("tokens");
        tokens.MapGet("", async (TokenService all, CancellationToken ct) => TypedResults.Ok((await all.ListAsync(ct))
            .Select(t => new TokenReply(t.Id, t.Location, t.MaxUses, t.Uses, t.CreatedAt, t.ExpiresAt, t.State))))
            .WithName("ListTokens").WithSummary("Enrolment tokens, newest first, without their secrets").Produces<IReadOnlyList<TokenReply>>();
        tokens.MapPost("", CreateAsync).WithName("CreateToken").WithSummary("Create an enrolment token for a location")
            .Accepts<TokenRequest>("application/json").Produces<NewTokenReply>(201).ProducesProblem(400);
        tokens.MapDelete("{id}", RevokeAsync)
            .WithName("RevokeToken").WithSummary("Revoke a token; agents that used it stay").Produces(204).ProducesProblem(404);
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, TokenService all, ProjectScope scope, Audit audit, CancellationToken ct)
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
            var (info, secret) = await all.CreateAsync(scope.Qualify(request.Location), request.MaxUses, lifetime, ct);
            await TokenAudit.CreatedAsync(audit, Caller.Of(http.HttpContext), info);
            return TypedResults.Created($"/api/v1/tokens/{info.Id}", new NewTokenReply(info.Id, secret, info.Location, info.MaxUses, info.ExpiresAt));
        }
        catch (TokenRefusedException refused)
        {
            return Problems.Field(refused.Field, refused.Message);
        }
    }

    private static async Task<IResult> RevokeAsync(string id, HttpContext http, TokenService all, Audit audit, CancellationToken ct)
    {
        if (!await all.RevokeAsync(id, ct))
        {
            return Problems.NotFound("live token", id);
        }

        await TokenAudit.RevokedAsync(audit, Caller.Of(http), id);
        return TypedResults.NoContent();
    }
}
