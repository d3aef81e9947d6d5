using System.Text.RegularExpressions;
using Probes.Contracts.Documents;

namespace Probes.Tests.Structure;

public sealed partial class DocumentedChecksTests
{
    [TestCase("docs/checks.md")]
    [TestCase("README.md")]
    public void Every_example_is_read_without_a_mistake(string path)
    {
        var blocks = Yaml().Matches(File.ReadAllText(Path.Combine(Repository.Root, path))).Select(m => m.Groups[1].Value).ToList();
        Assert.That(blocks, Is.Not.Empty);
        Assert.That(blocks.SelectMany(b => CheckDocuments.Read(b, path).Errors), Is.Empty);
    }

    [GeneratedRegex("```yaml\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Yaml();
}
