using Probes.Orchestrator.Access;
using Probes.Orchestrator.Api;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Secrets;

/// <param name="Value">6 characters to 16,384 bytes.</param>
internal sealed record SecretRequest(string? Value)
{
    // A record's own text would show the value.
    public override string ToString() => nameof(SecretRequest);
}

/// <summary>Secrets over REST: they can be set, listed and deleted; no answer holds a value.</summary>
internal static class SecretEndpoints
{
    internal static void Map(IEndpointRouteBuilder api)
    {
        var secrets = api.MapGroup("/secrets").WithTags("secrets");
        secrets.MapGet("", async (SecretBook book, ProjectScope scope, CancellationToken ct) => TypedResults.Ok(await book.ListAsync(scope.Visible, ct)))
            .WithName("ListSecrets").WithSummary("Secrets and the checks that refer to them, without their values").Produces<IReadOnlyList<SecretInfo>>();
        secrets.MapPut("{name}", PutAsync).WithName("PutSecret").WithSummary("Create a secret, or give it another value; agents that need it have it at once")
            .Accepts<SecretRequest>("application/json").Produces<SecretInfo>().ProducesProblem(400);
        secrets.MapDelete("{name}", DeleteAsync).WithName("DeleteSecret").WithSummary("Delete a secret that no check refers to")
            .Produces(204).ProducesProblem(404).ProducesProblem(409);
    }

    private static async Task<IResult> PutAsync(string name, HttpRequest http, SecretBook book, ProjectScope scope, CancellationToken ct)
    {
        var (request, refusal) = await Bodies.ReadJsonAsync<SecretRequest>(http, ct);
        if (request is null)
        {
            return refusal!;
        }

        try
        {
            return TypedResults.Ok(await book.PutAsync(Caller.Of(http.HttpContext), new SecretName(scope.Standard, name), request.Value, ct));
        }
        catch (SecretRefusedException refused)
        {
            return Problems.Field(refused.Field, refused.Message, refused.Allowed);
        }
    }

    private static async Task<IResult> DeleteAsync(string name, HttpContext http, SecretBook book, ProjectScope scope, CancellationToken ct)
    {
        var (found, checks) = await book.DeleteAsync(Caller.Of(http), new SecretName(scope.Standard, name), ct);
        return !found ? Problems.NotFound("secret", name.Length <= 80 ? name : name[..80] + "…")
            : checks.Count > 0 ? Problems.InUse("secret", name, [.. checks.Select(c => $"check/{c}")])
            : TypedResults.NoContent();
    }
}
