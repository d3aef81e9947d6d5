using System.Reflection;
using System.Text.RegularExpressions;

namespace Probes.Tests.Structure;

/// <summary>The page on security says of each attack which test refuses it; a name that no test has is a promise that nobody keeps.</summary>
public sealed partial class SecurityPageTests
{
    [Test]
    public void Every_test_that_the_security_page_names_exists()
    {
        var tests = Assembly.GetExecutingAssembly().GetTypes()
            .SelectMany(t => t.GetMethods().Select(m => $"{t.Name}.{m.Name}"))
            .ToHashSet(StringComparer.Ordinal);
        var named = Names().Matches(File.ReadAllText(Path.Combine(Repository.Root, "docs", "security.md"))).Select(m => m.Groups[1].Value).ToList();
        Assert.That(named, Has.Count.GreaterThan(50));
        Assert.That(named.Where(n => !tests.Contains(n)), Is.Empty);
    }

    [GeneratedRegex(@"`(\w+Tests\.[A-Z]\w+)`")]
    private static partial Regex Names();
}
