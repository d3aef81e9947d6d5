using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;

namespace Probes.Orchestrator.Projects;

/// <summary>Which projects' things whoever asks may see, and which of them a name means.</summary>
/// <param name="Bound">The one project the caller is bound to; null: all.</param>
/// <param name="Selected">The one that was asked for by <c>?project=</c>; null: none.</param>
internal sealed record ProjectScope(string? Bound, string? Selected)
{
    /// <summary>Of the orchestrator itself, and of callers of all projects that have selected none.</summary>
    internal static readonly ProjectScope All = new(null, null);

    /// <summary>The one project that is seen; null: all.</summary>
    internal string? Visible => Bound ?? Selected;

    /// <summary>Of which project a name is that does not say.</summary>
    internal string Standard => Visible ?? QualifiedName.DefaultProject;

    /// <summary>That of the request; outside of requests everything.</summary>
    internal static ProjectScope Of(HttpContext? http) =>
        http is null ? All : http.Features.Get<ProjectScope>() ?? new ProjectScope(Caller.Of(http.User).Project, null);

    /// <param name="qualified">Of a check, a location or an agent.</param>
    internal bool Sees(string qualified) => Visible is null || QualifiedName.ProjectOf(qualified) == Visible;

    /// <summary>To select a project narrows what is shown, not what may be changed.</summary>
    internal bool MayChange(string qualified) => Bound is null || QualifiedName.ProjectOf(qualified) == Bound;

    /// <summary>The qualified name that a bare name or <c>project/name</c> means here.</summary>
    internal string Qualify(string name) => QualifiedName.Resolve(Standard, name);

    /// <summary>The shortest text that means it here.</summary>
    internal string Short(string qualified) => Visible is not null && QualifiedName.ProjectOf(qualified) == Visible ? QualifiedName.BareOf(qualified) : qualified;

    /// <summary>The page of a check; a selected project stays in its query even where the check is found without.</summary>
    internal string CheckPath(string qualified) =>
        $"/checks/{Uri.EscapeDataString(QualifiedName.BareOf(qualified))}"
        + (QualifiedName.ProjectOf(qualified) is var project && (Selected is not null || project != QualifiedName.DefaultProject) ? $"?project={project}" : "");

    /// <summary>A path of our own pages, with the selected project in its query.</summary>
    internal string Link(string path)
    {
        if (Selected is null)
        {
            return path;
        }

        var hash = path.IndexOf('#', StringComparison.Ordinal);
        var (front, fragment) = hash < 0 ? (path, "") : (path[..hash], path[hash..]);
        return $"{front}{(front.Contains('?', StringComparison.Ordinal) ? '&' : '?')}project={Selected}{fragment}";
    }
}
