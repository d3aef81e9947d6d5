using System.Security.Claims;

namespace Probes.Orchestrator.Access;

/// <summary>Who asks.</summary>
/// <param name="Name">For people; not unique.</param>
/// <param name="Kind">"key", "user", "agent" or "system".</param>
/// <param name="Role">Null: none, a stranger.</param>
/// <param name="Project">The one project it is bound to; null: all.</param>
/// <param name="Address">Where from; empty when not over the network.</param>
internal sealed record Caller(string Name, string Kind, Role? Role, string? Project, string Address)
{
    internal const string KindClaim = "kind";
    internal const string RoleClaim = "role";
    internal const string ProjectClaim = "project";
    internal const string UserIdClaim = "user_id";

    /// <summary>The orchestrator itself, such as a watched folder.</summary>
    internal static Caller System(string name) => new(name, "system", Access.Role.Admin, null, "");

    internal static Caller Of(HttpContext context) => Of(context.User) with { Address = context.Connection.RemoteIpAddress?.ToString() ?? "" };

    internal static Caller Of(ClaimsPrincipal user) => new(
        user.Identity?.Name ?? "",
        user.FindFirst(KindClaim)?.Value ?? "",
        Roles.Parse(user.FindFirst(RoleClaim)?.Value),
        user.FindFirst(ProjectClaim)?.Value is { Length: > 0 } project ? project : null,
        "");

    internal bool May(Role role) => Role >= role;
}
