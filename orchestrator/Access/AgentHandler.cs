using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Probes.Orchestrator.Enrolment;

namespace Probes.Orchestrator.Access;

/// <summary>The agents' listener: only agents' credentials count there, and they count nowhere else.</summary>
internal sealed class AgentHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, IAgentAuthenticator agents)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    internal const string SchemeName = "agent";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (agents.Authenticate(Request.Headers.Authorization) is not { } agent)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        var principal = new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, agent.PublicId)], Scheme.Name));
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(principal, Scheme.Name)));
    }
}
