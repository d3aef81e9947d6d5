namespace Probes.Contracts.Checks;

/// <summary>
/// What a check or a location is called among those of all projects: its bare name in project <see cref="DefaultProject"/>, else
/// <c>project/name</c>. Names and projects are RFC 1123 labels, so that the slash is unambiguous.
/// </summary>
public static class QualifiedName
{
    public const string DefaultProject = "default";

    public static string Of(string project, string name) => project.Length == 0 || project == DefaultProject ? name : $"{project}/{name}";

    public static string ProjectOf(string qualified) => qualified.IndexOf('/', StringComparison.Ordinal) is > 0 and var at ? qualified[..at] : DefaultProject;

    public static string BareOf(string qualified) => qualified[(qualified.IndexOf('/', StringComparison.Ordinal) + 1)..];
}
