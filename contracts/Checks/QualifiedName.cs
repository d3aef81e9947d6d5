using Probes.Contracts.Checks.Kinds;

namespace Probes.Contracts.Checks;

/// <summary>
/// What a check or a location is called among those of all projects: its bare name in project <see cref="DefaultProject"/>, else
/// <c>project/name</c>. Names and projects are RFC 1123 labels, so that the slash is unambiguous.
/// </summary>
public static class QualifiedName
{
    public const string DefaultProject = "default";

    /// <summary>What a project, or a name within one, may be.</summary>
    public const string PartAllowed = Rules.NameAllowed;

    public static bool IsPart(string text) => Rules.IsName(text);

    public static string Of(string project, string name) => project.Length == 0 || project == DefaultProject ? name : $"{project}/{name}";

    public static string ProjectOf(string qualified) => qualified.IndexOf('/', StringComparison.Ordinal) is > 0 and var at ? qualified[..at] : DefaultProject;

    /// <summary>
    /// What <paramref name="reference"/> means when it is written within <paramref name="project"/>: a bare name is of that project, and
    /// <c>other/name</c> of the other one. <c>default/name</c> is the only way to name something of project default from another.
    /// </summary>
    public static string Resolve(string project, string reference) =>
        reference.Contains('/', StringComparison.Ordinal) ? Of(ProjectOf(reference), BareOf(reference)) : Of(project, reference);

    /// <summary>The shortest text that <see cref="Resolve"/> takes back to <paramref name="qualified"/> within <paramref name="project"/>.</summary>
    public static string Within(string project, string qualified) =>
        ProjectOf(qualified) == project ? BareOf(qualified) : $"{ProjectOf(qualified)}/{BareOf(qualified)}";

    public static string BareOf(string qualified) => qualified[(qualified.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
