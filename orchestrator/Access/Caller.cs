using System.Security.Claims;

namespace Probes.Orchestrator.Access;

/// <summary>What somebody may do; each role may do what those before it may.</summary>
internal enum Role
{
    /// <summary>See.</summary>
    Viewer = 1,

    /// <summary>See, and change checks, locations, agents and tokens.</summary>
    Editor,

    /// <summary>Everything: keys, users, projects, the audit log.</summary>
    Admin,
}

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

    /// <summary>The orchestrator itself, such as a watched folder.</summary>
    internal static Caller System(string name) => new(name, "system", Access.Role.Admin, null, "");

    internal static Caller Of(HttpContext context) => Of(context.User) with { Address = context.Connection.RemoteIpAddress?.ToString() ?? "" };

    internal static Caller Of(ClaimsPrincipal user) => new(
        user.Identity?.Name ?? "",
        user.FindFirst(KindClaim)?.Value ?? "",
        Enum.TryParse<Role>(user.FindFirst(RoleClaim)?.Value, ignoreCase: true, out var role) && Enum.IsDefined(role) ? role : null,
        user.FindFirst(ProjectClaim)?.Value is { Length: > 0 } project ? project : null,
        "");

    internal bool May(Role role) => Role >= role;
}
