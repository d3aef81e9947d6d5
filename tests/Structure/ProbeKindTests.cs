using System.Globalization;

namespace Probes.Tests.Structure;

/// <summary>A probe kind is complete when each of its places exists; this names whatever is missing.</summary>
public sealed class ProbeKindTests
{
    private static IEnumerable<string> Kinds() =>
        Directory.GetFiles(Path.Combine(Repository.Root, "contracts/Protos/probes/v1/kinds"), "*.proto").Select(f => Path.GetFileNameWithoutExtension(f)!).Order();

    [Test]
    public void There_are_kinds() => Assert.That(Kinds(), Is.SupersetOf(new[] { "dns", "http", "tcp", "tls" }));

    [TestCaseSource(nameof(Kinds))]
    public void Has_a_rules_file(string kind) => AssertFile($"contracts/Checks/Kinds/{Pascal(kind)}Kind.cs");

    [TestCaseSource(nameof(Kinds))]
    public void Has_a_probe_in_the_agent(string kind) =>
        Assert.That(Repository.Files("agent/Probes", $"{Pascal(kind)}Probe.cs").ToList(), Is.Not.Empty, $"agent/Probes has no {Pascal(kind)}Probe.cs");

    [TestCaseSource(nameof(Kinds))]
    public void Is_in_both_catalogs(string kind)
    {
        AssertContains("contracts/Checks/Kinds/ProbeKinds.cs", $"{Pascal(kind)}Kind");
        AssertContains("agent/Probes/ProbeCatalog.cs", $"{Pascal(kind)}Probe");
    }

    [TestCaseSource(nameof(Kinds))]
    public void Has_tests(string kind) =>
        Assert.That(Repository.Files("tests/Agent/Probes", "Tests.cs").Where(f => Path.GetFileName(f).StartsWith(Pascal(kind), StringComparison.Ordinal)).ToList(),
            Is.Not.Empty, $"tests/Agent/Probes has no {Pascal(kind)}...Tests.cs");

    [TestCaseSource(nameof(Kinds))]
    public void Has_a_row_in_the_readme(string kind) => AssertContains("README.md", $"| `{kind}` |");

    private static string Pascal(string kind) => CultureInfo.InvariantCulture.TextInfo.ToTitleCase(kind);

    private static void AssertFile(string path) => Assert.That(File.Exists(Path.Combine(Repository.Root, path)), $"{path} is missing");

    private static void AssertContains(string path, string text)
    {
        AssertFile(path);
        Assert.That(File.ReadAllText(Path.Combine(Repository.Root, path)), Does.Contain(text), $"{path} does not name it");
    }
}
