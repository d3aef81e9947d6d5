using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Access;

/// <summary><c>Authorization: Bearer prk_...</c>.</summary>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, ApiKeys keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    internal const string SchemeName = "key";
    internal const string KeyIdClaim = "key_id";

    internal static ClaimsPrincipal Principal((string Id, string Name) key, string scheme) =>
        new(new ClaimsIdentity(
        [new Claim(ClaimTypes.Name, key.Name), new Claim(KeyIdClaim, key.Id), new Claim(Caller.KindClaim, "key"), new Claim(Caller.RoleClaim, "admin")], scheme));

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        return Task.FromResult(keys.Check(header[7..]) is { } key
            ? AuthenticateResult.Success(new AuthenticationTicket(Principal(key, Scheme.Name), Scheme.Name))
            : AuthenticateResult.Fail("unknown, wrong or revoked key"));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => Challenge.WriteAsync(Context);
}
