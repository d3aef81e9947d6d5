using Probes.Contracts.Checks;

namespace Probes.Contracts.Documents;

/// <summary>What is wrong in a document and where. Line and column count from 1.</summary>
/// <param name="Key">Path of the key, such as <c>spec.http.url</c>.</param>
/// <param name="Allowed">What is allowed there; empty when the message says it all.</param>
public sealed record DocumentError(string File, int Line, int Column, string Key, string Message, string Allowed)
{
    public override string ToString() =>
        $"{File}:{Line}:{Column}: {(Key.Length > 0 ? Key + ": " : "")}{Message}{(Allowed.Length > 0 ? $" (allowed: {Allowed})" : "")}";
}

/// <summary>What documents define. With any error, nothing of it may be used.</summary>
public sealed record DocumentSet(IReadOnlyList<Check> Checks, IReadOnlyList<Location> Locations, IReadOnlyList<DocumentError> Errors)
{
    public IReadOnlyList<MaintenanceWindow> Windows { get; init; } = [];

    /// <summary>Whether it defines nothing at all.</summary>
    public bool IsEmpty => Checks.Count + Locations.Count + Windows.Count == 0;

    /// <summary>Where each check, region or location that a window names stands, by the window's name and the key, such as <c>spec.checks[0]</c>.</summary>
    public IReadOnlyDictionary<(string Window, string Key), DocumentPlace> WindowPlaces { get; init; } = new Dictionary<(string, string), DocumentPlace>();

    /// <summary>Where each item of a check's <c>spec.locations</c> stands, in its order, by the check's name; for errors found only when documents are applied.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<DocumentPlace>> LocationPlaces { get; init; } = new Dictionary<string, IReadOnlyList<DocumentPlace>>();

    /// <summary>Where a check refers to which secrets of its project, by the check's name; only checks that do are in it.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SecretUse>> SecretUses { get; init; } = new Dictionary<string, IReadOnlyList<SecretUse>>();

    /// <summary>Where a document says of which project it is, or else its name, by "check/NAME", "location/NAME" or "maintenance/NAME"; for errors found only when documents are applied.</summary>
    public IReadOnlyDictionary<string, DocumentPlace> ProjectPlaces { get; init; } = new Dictionary<string, DocumentPlace>();
}

/// <summary>Line and column count from 1.</summary>
public readonly record struct DocumentPlace(string File, int Line, int Column);

/// <summary>Reads and writes `apiVersion: probes/v1` documents. YAML 1.2, of which JSON is a part, strictly: an unknown key is an error.</summary>
public static class CheckDocuments
{
    /// <summary>Reads one text, which may hold several documents. Collects all errors; never throws for what the text says.</summary>
    /// <param name="text">YAML or JSON.</param>
    /// <param name="file">What errors call it.</param>
    /// <param name="project">Of which project documents are that do not say.</param>
    public static DocumentSet Read(string text, string file, string project = QualifiedName.DefaultProject) => Read([(file, text)], project);

    /// <summary>Reads several files; a name defined twice is an error at its second place.</summary>
    public static DocumentSet Read(IEnumerable<(string File, string Text)> files, string project = QualifiedName.DefaultProject)
    {
        var reader = new DocumentReader(project);
        foreach (var (file, text) in files)
        {
            reader.Read(file, text);
        }

        return reader.Result();
    }

    /// <summary>The canonical JSON document, which <see cref="Read(string, string, string)"/> reads back to an equal check.</summary>
    public static string Write(Check check) => DocumentWriter.Write(check);

    /// <summary>The canonical JSON document, which <see cref="Read(string, string, string)"/> reads back to an equal location.</summary>
    public static string Write(Location location) => DocumentWriter.Write(location);

    /// <summary>The canonical JSON document, which <see cref="Read(string, string, string)"/> reads back to an equal window.</summary>
    public static string Write(MaintenanceWindow window) => DocumentWriter.Write(window);

    /// <summary>", did you mean ...?" when one of the known names is near enough to what was written; else empty.</summary>
    public static string Hint(string written, IEnumerable<string> known) => Nearest.Hint(written, known);
}
