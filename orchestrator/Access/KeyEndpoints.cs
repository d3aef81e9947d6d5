using Probes.Orchestrator.Api;

namespace Probes.Orchestrator.Access;

internal sealed record KeyRequest(string? Name);

internal sealed record KeyReply(string Id, string Name, string Key);

/// <summary>API keys over REST.</summary>
internal static class KeyEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api/v1/keys").WithTags("keys");
        keys.MapGet("", async (ApiKeys all, CancellationToken ct) => Results.Ok(await all.ListAsync(ct))).WithName("ListKeys").WithSummary("API keys, without their secrets").Produces<IReadOnlyList<ApiKeyInfo>>();
        keys.MapPost("", CreateAsync).WithName("CreateKey").WithSummary("Create an API key; it is shown this once").Accepts<KeyRequest>("application/json").Produces<KeyReply>(StatusCodes.Status201Created).ProducesProblem(StatusCodes.Status400BadRequest);
        keys.MapDelete("{id}", async (string id, ApiKeys all, CancellationToken ct) =>
            await all.RevokeAsync(id, ct) ? Results.NoContent() : Results.Problem($"no live key has the id '{id}'", statusCode: 404, title: "Not found"))
            .WithName("RevokeKey").WithSummary("Revoke an API key").Produces(StatusCodes.Status204NoContent).ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static async Task<IResult> CreateAsync(HttpRequest http, ApiKeys all, CancellationToken ct)
    {
        var (request, refusal) = await Bodies.ReadJsonAsync<KeyRequest>(http, ct);
        if (request is null)
        {
            return refusal!;
        }

        if (string.IsNullOrWhiteSpace(request.Name) || request.Name.Length > 63)
        {
            return Results.Problem("name: 1 to 63 characters are allowed", statusCode: 400, title: "Not a name",
                extensions: new Dictionary<string, object?> { ["field"] = "name" });
        }

        var (info, secret) = await all.CreateAsync(request.Name.Trim(), ct);
        return Results.Created($"/api/v1/keys/{info.Id}", new KeyReply(info.Id, info.Name, secret));
    }
}
