using System.Text.RegularExpressions;

namespace Probes.Tests.Structure;

public sealed partial class ReadmeTests
{
    [Test]
    public void Every_path_the_readme_names_exists()
    {
        var missing = Documents()
            .SelectMany(d => PathInTicks().Matches(File.ReadAllText(d)).Select(m => m.Groups[1].Value))
            .Where(p => !p.StartsWith('/') && !p.StartsWith("api/", StringComparison.Ordinal) && !p.Contains('*', StringComparison.Ordinal))
            .Where(p => !Path.Exists(Path.Combine(Repository.Root, p)))
            .Distinct();
        Assert.That(missing, Is.Empty);
    }

    [Test]
    public void Links_between_documents_lead_somewhere()
    {
        var broken = Documents()
            .SelectMany(d => Link().Matches(File.ReadAllText(d)).Select(m => Path.Combine(Path.GetDirectoryName(d)!, m.Groups[1].Value)))
            .Where(p => !Path.Exists(p));
        Assert.That(broken, Is.Empty);
    }

    private static IEnumerable<string> Documents() =>
        Directory.GetFiles(Repository.Root, "*.md").Concat(
            Directory.Exists(Path.Combine(Repository.Root, "docs")) ? Directory.GetFiles(Path.Combine(Repository.Root, "docs"), "*.md") : []);

    [GeneratedRegex(@"`((?:agent|orchestrator|contracts|tests|docs|samples|charts)/[A-Za-z0-9_./-]+)`")]
    private static partial Regex PathInTicks();

    [GeneratedRegex(@"\]\((?!https?:|#|mailto:)([^)#]+)(?:#[^)]*)?\)")]
    private static partial Regex Link();
}
