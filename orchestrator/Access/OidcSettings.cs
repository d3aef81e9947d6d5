using Probes.Orchestrator.Commands;

namespace Probes.Orchestrator.Access;

/// <summary>What somebody is given: a role, in one project or (null) in all.</summary>
internal sealed record Grant(Role Role, string? Project);

/// <summary>Section <c>Oidc</c>: sign-in at an identity provider by OpenID Connect.</summary>
/// <param name="Authority">Issuer; <c>https</c>, on this machine <c>http</c> too.</param>
/// <param name="Scopes">Always with <c>openid</c>.</param>
/// <param name="RoleClaim">The claim whose values <paramref name="RoleMap"/> knows.</param>
/// <param name="RoleMap">Value of the claim to what it grants; empty: everybody gets <paramref name="Default"/>, and roles are given on the users page.</param>
/// <param name="Default">For those whom no value grants anything; null: they are refused.</param>
internal sealed record OidcSettings(
    Uri Authority, string ClientId, string? ClientSecret, IReadOnlyList<string> Scopes, string RoleClaim, IReadOnlyDictionary<string, Grant> RoleMap, Grant? Default)
{
    private const string MapKey = "Oidc:RoleMap";
    private static readonly char[] Separators = [' ', ','];

    private const string GrantAllowed = "viewer, editor or admin, and after a comma the one project it is for";

    /// <summary>Null: no provider is set.</summary>
    /// <exception cref="SettingsException">Something in the section cannot be used; every mistake is named.</exception>
    internal static OidcSettings? Read(IConfiguration configuration)
    {
        if (configuration["Oidc:Authority"] is not { Length: > 0 } authority)
        {
            return null;
        }

        List<string> errors = [];
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var uri) || !(uri.Scheme == "https" || (uri.Scheme == "http" && uri.IsLoopback)))
        {
            errors.Add($"Oidc:Authority: '{authority}' is not an issuer's address (allowed: https://..., and http:// on this machine)");
        }

        var client = configuration["Oidc:ClientId"] ?? "";
        if (client.Length == 0)
        {
            errors.Add("Oidc:ClientId: is missing (the id that this orchestrator has at the provider)");
        }

        var map = new Dictionary<string, Grant>(StringComparer.Ordinal);
        foreach (var (value, text) in MapEntries(configuration))
        {
            if (Parse(text) is { } grant)
            {
                map[value] = grant;
            }
            else
            {
                errors.Add($"{MapKey}: '{value}={text}' grants nothing that is known (allowed: {GrantAllowed})");
            }
        }

        var standard = configuration["Oidc:DefaultRole"] is { Length: > 0 } given and not "none" ? given : null;
        var grantedToAll = standard is null ? null : Parse(standard);
        if (standard is not null && grantedToAll is null)
        {
            errors.Add($"Oidc:DefaultRole: '{standard}' is no role (allowed: none, {GrantAllowed})");
        }

        if (map.Count == 0 && grantedToAll is null)
        {
            errors.Add("Oidc: with neither RoleMap nor DefaultRole nobody could sign in");
        }

        return errors.Count > 0
            ? throw new SettingsException(string.Join(Environment.NewLine, errors))
            : new OidcSettings(uri!, client, configuration["Oidc:ClientSecret"], Scope(configuration["Oidc:Scopes"]), configuration["Oidc:RoleClaim"] ?? "roles", map, grantedToAll);
    }

    /// <summary>The most that the values grant: the highest role, in all projects rather than in one. Null: nothing.</summary>
    internal Grant? Of(IEnumerable<string> values) => values.Select(v => RoleMap.GetValueOrDefault(v)).OfType<Grant>()
        .OrderByDescending(g => g.Role).ThenBy(g => g.Project is not null).ThenBy(g => g.Project, StringComparer.Ordinal).FirstOrDefault();

    private static string[] Scope(string? text) =>
        [.. $"openid {(text is { Length: > 0 } ? text : "profile")}".Split(Separators, StringSplitOptions.RemoveEmptyEntries).Distinct()];

    // "ops=admin; pay=editor,payments" as one value, or one key each: Oidc:RoleMap:ops. A claim's value may hold colons, as keys do.
    private static IEnumerable<(string Value, string Grant)> MapEntries(IConfiguration configuration) =>
        (configuration[MapKey] ?? "").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(e => e.LastIndexOf('=') is >= 0 and var at ? (e[..at].Trim(), e[(at + 1)..].Trim()) : (e, ""))
            .Concat(configuration.GetSection(MapKey).AsEnumerable(makePathsRelative: true).Where(e => e is { Key.Length: > 0, Value: not null }).Select(e => (e.Key, e.Value!)));

    private static Grant? Parse(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        return parts.Length <= 2 && Roles.Parse(parts[0]) is { } role && (parts.Length == 1 || parts[1].Length > 0)
            ? new Grant(role, parts.ElementAtOrDefault(1))
            : null;
    }
}
