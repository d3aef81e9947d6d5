using System.Globalization;
using Probes.Orchestrator.Api;

namespace Probes.Orchestrator.Access;

/// <param name="Role">viewer, editor or admin; absent: as it is.</param>
/// <param name="Disabled">true ends all sessions; absent: as it is.</param>
internal sealed record UserRequest(string? Role, bool? Disabled);

/// <summary>Users over REST.</summary>
internal static class UserEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var users = routes.MapGroup("/api/v1/users").WithTags("users");
        users.MapGet("", async (HttpContext http, UserDesk desk, CancellationToken ct) => Results.Ok(await desk.ListAsync(Caller.Of(http), ct)))
            .WithName("ListUsers").WithSummary("Users who have signed in at the identity provider").Produces<IReadOnlyList<UserInfo>>();
        users.MapPatch("{id}", ChangeAsync).WithName("ChangeUser").WithSummary("Change a user's role, or disable a user")
            .Accepts<UserRequest>("application/json").Produces<UserInfo>().ProducesProblem(400).ProducesProblem(404);
    }

    private static async Task<IResult> ChangeAsync(string id, HttpRequest http, UserDesk desk, CancellationToken ct)
    {
        var (request, refusal) = await Bodies.ReadJsonAsync<UserRequest>(http, ct);
        if (request is null)
        {
            return refusal!;
        }

        try
        {
            return int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && await desk.ChangeAsync(Caller.Of(http.HttpContext), number, request.Role, request.Disabled, ct) is { } user
                ? Results.Ok(user) : Problems.NotFound("user", id);
        }
        catch (AccessRefusedException refused)
        {
            return Problems.Field(refused.Field, refused.Message);
        }
    }
}
