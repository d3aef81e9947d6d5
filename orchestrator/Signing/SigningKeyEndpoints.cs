using Probes.Orchestrator.Access;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Signing;

/// <summary>One signing key, its public part only.</summary>
/// <param name="PublicKey">SubjectPublicKeyInfo, DER, base64.</param>
internal sealed record SigningKeyInfo(string Id, string PublicKey, DateTimeOffset CreatedAt, DateTimeOffset? RetiredAt);

/// <summary>Signing keys over REST.</summary>
internal static class SigningKeyEndpoints
{
    internal static void Map(IEndpointRouteBuilder routes)
    {
        var keys = routes.MapGroup("/api/v1/signing-keys").WithTags("agents");
        keys.MapGet("", async (SigningKeyStore all, CancellationToken ct) =>
            Results.Ok((await all.ListAsync(ct)).Select(Info)))
            .WithName("ListSigningKeys").WithSummary("Keys that sign what agents are told to probe, newest first").Produces<IReadOnlyList<SigningKeyInfo>>();
        keys.MapPost("rotate", RotateAsync).WithName("RotateSigningKey")
            .WithSummary("Make a new signing key, vouched for by the one in use; every session begins anew and agents follow by themselves")
            .Produces<SigningKeyInfo>().ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static async Task<IResult> RotateAsync(HttpContext context, SigningKeys keys, SigningKeyStore all, Audit audit, CancellationToken ct)
    {
        try
        {
            var before = keys.Current?.Id;
            var key = await keys.RotateAsync(ct);
            await audit.WriteAsync(Caller.Of(context), "signing-key.rotate", $"signing-key/{key.Id}", before, key.Id, ct);
            return Results.Ok(Info((await all.ListAsync(ct)).First(k => k.KeyId == key.Id)));
        }
        catch (SigningKeyException fault)
        {
            return Results.Problem(fault.Message, statusCode: StatusCodes.Status409Conflict, title: "No key to vouch for a new one");
        }
    }

    private static SigningKeyInfo Info(SigningKeyEntity key) => new(key.KeyId, Convert.ToBase64String(key.PublicKey), key.CreatedAt, key.RetiredAt);
}
