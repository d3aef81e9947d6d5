using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Components.Endpoints;

namespace Probes.Orchestrator.Access;

/// <summary>Says outright which role an endpoint needs, where <see cref="RoleRule"/> does not fit.</summary>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Method)]
internal sealed class NeedsRoleAttribute(Role role) : Attribute
{
    public Role Role { get; } = role;
}

/// <summary>Who may pass an endpoint.</summary>
internal enum Door
{
    /// <summary>Anybody.</summary>
    Open,

    /// <summary>Agents, by their own credential; their calls judge it.</summary>
    Agents,

    /// <summary>Callers with a role.</summary>
    Role,

    /// <summary>Nobody thought about it: administrators only, and a structure test fails.</summary>
    Undecided,
}

/// <summary>The one rule of who may do what: reading needs a viewer, changing an editor, and what is about access itself an administrator.</summary>
internal static class RoleRule
{
    private const string ApiPrefix = "api/v1/";

    // Blazor's and the assets' own: what they lead to is decided there.
    private static readonly string[] FrameworkPaths = ["{**path:file}", "_framework/opaque-redirect"];

    private static readonly string[] AdminAreas = ["keys", "users", "audit", "settings"];
    private static readonly string[] AdminChangedAreas = ["projects", "signing-keys"];

    internal static (Door Door, Role Role) Of(Endpoint endpoint, string method)
    {
        var metadata = endpoint.Metadata;
        if (metadata.GetMetadata<IAllowAnonymous>() is not null)
        {
            return (Door.Open, default);
        }

        if (metadata.GetMetadata<GrpcMethodMetadata>() is not null)
        {
            return (Door.Agents, default);
        }

        if (metadata.GetMetadata<NeedsRoleAttribute>() is { } stated)
        {
            return (Door.Role, stated.Role);
        }

        var path = ((endpoint as RouteEndpoint)?.RoutePattern.RawText ?? "").TrimStart('/');
        if (FrameworkPaths.Contains(path, StringComparer.Ordinal))
        {
            return (Door.Role, Role.Viewer);
        }

        var api = path.StartsWith(ApiPrefix, StringComparison.OrdinalIgnoreCase);
        if (!api && metadata.GetMetadata<ComponentTypeMetadata>() is null)
        {
            return (Door.Undecided, Role.Admin);
        }

        return (Door.Role, Needed((api ? path[ApiPrefix.Length..] : path).Split('/')[0], IsChange(method)));
    }

    internal static bool IsChange(string method) => !(HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method));

    internal static Task EnforceAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is not { } endpoint)
        {
            return next(context);
        }

        var (door, role) = Of(endpoint, context.Request.Method);
        return door is Door.Open or Door.Agents || Caller.Of(context).May(role) ? next(context) : Forbidden.AnswerAsync(context, role);
    }

    private static Role Needed(string area, bool change) =>
        AdminAreas.Contains(area, StringComparer.OrdinalIgnoreCase) || (change && AdminChangedAreas.Contains(area, StringComparer.OrdinalIgnoreCase))
            ? Role.Admin
            : change ? Role.Editor : Role.Viewer;
}
