using Probes.Orchestrator.Api;

namespace Probes.Orchestrator.Access;

/// <param name="Name">What it is for, 1 to 63 characters.</param>
/// <param name="Role">viewer (default), editor or admin; not more than the maker's own.</param>
/// <param name="Project">The one project it reaches; default: as far as its maker.</param>
/// <param name="ExpiresInSeconds">60 to 315,360,000, default 90 days; 0: never.</param>
internal sealed record KeyRequest(string? Name, string? Role, string? Project, long? ExpiresInSeconds);

/// <param name="Key">The whole key; shown this once.</param>
internal sealed record KeyReply(string Id, string Name, string Key, Role Role, string? Project, DateTimeOffset? ExpiresAt);

/// <summary>API keys over REST.</summary>
internal static class KeyEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api/v1/keys").WithTags("keys");
        keys.MapGet("", async (HttpContext http, KeyDesk desk, CancellationToken ct) => Results.Ok(await desk.ListAsync(Caller.Of(http), ct)))
            .WithName("ListKeys").WithSummary("API keys, newest first, without their secrets").Produces<IReadOnlyList<ApiKeyInfo>>();
        keys.MapPost("", CreateAsync).WithName("CreateKey").WithSummary("Create an API key; it is shown this once")
            .Accepts<KeyRequest>("application/json").Produces<KeyReply>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status400BadRequest);
        keys.MapDelete("{id}", async (string id, HttpContext http, KeyDesk desk, CancellationToken ct) =>
            await desk.RevokeAsync(Caller.Of(http), id, ct) ? Results.NoContent() : (IResult)Problems.NotFound("live key", id))
            .WithName("RevokeKey").WithSummary("Revoke an API key; sessions begun with it end too")
            .Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, KeyDesk desk, CancellationToken ct)
    {
        var (request, refusal) = await Bodies.ReadJsonAsync<KeyRequest>(http, ct);
        if (request is null)
        {
            return refusal!;
        }

        try
        {
            // A number that no TimeSpan holds is out of range like any other.
            var lifetime = request.ExpiresInSeconds is { } seconds ? TimeSpan.FromSeconds(Math.Clamp(seconds, -1, int.MaxValue)) : (TimeSpan?)null;
            var (info, secret) = await desk.CreateAsync(Caller.Of(http.HttpContext), request.Name, request.Role, request.Project, lifetime, ct);
            return Results.Created($"/api/v1/keys/{info.Id}", new KeyReply(info.Id, info.Name, secret, info.Role!.Value, info.Project, info.ExpiresAt));
        }
        catch (AccessRefusedException refused)
        {
            return Problems.Field(refused.Field, refused.Message);
        }
    }
}
