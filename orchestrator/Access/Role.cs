namespace Probes.Orchestrator.Access;

/// <summary>What somebody may do; each role may do what those before it may.</summary>
public enum Role
{
    /// <summary>See.</summary>
    Viewer = 1,

    /// <summary>See, and change checks, locations, agents and tokens.</summary>
    Editor,

    /// <summary>Everything: keys, users, projects, the audit log.</summary>
    Admin,
}

/// <summary>Roles as they are written: lower case.</summary>
internal static class Roles
{
    internal const string Allowed = "viewer, editor or admin";

    internal static string Text(this Role role) => role.ToString().ToLowerInvariant();

    /// <summary>Null when it is none.</summary>
    internal static Role? Parse(string? text) => text?.Trim().ToLowerInvariant() switch
    {
        "viewer" => Role.Viewer,
        "editor" => Role.Editor,
        "admin" => Role.Admin,
        _ => null,
    };
}
