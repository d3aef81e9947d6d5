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

    internal static ClaimsPrincipal Principal(LiveKey key, string scheme)
    {
        var identity = new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, key.Name), new Claim(KeyIdClaim, key.Id), new Claim(Caller.KindClaim, "key"), new Claim(Caller.RoleClaim, key.Role.Text())], scheme);
        if (key.Project is { } project)
        {
            identity.AddClaim(new Claim(Caller.ProjectClaim, project));
        }

        return new ClaimsPrincipal(identity);
    }

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.OrdinalIgnoreCase))
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        return Task.FromResult(keys.Check(header[7..]) is { } key
            ? AuthenticateResult.Success(new AuthenticationTicket(Principal(key, Scheme.Name), Scheme.Name))
            : AuthenticateResult.Fail("unknown, wrong, expired or revoked key"));
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties) => Challenge.WriteAsync(Context);
}
