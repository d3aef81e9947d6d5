using Probes.Orchestrator.Commands;

namespace Probes.Tests.Orchestrator.Commands;

public sealed class CommandTests
{
    [TestCase("90s", 90)]
    [TestCase("1.5m", 90)]
    [TestCase("24h", 86400)]
    [TestCase("7d", 604800)]
    public void Times_are_a_number_and_a_unit(string text, double seconds) => Assert.That(Duration.Parse(text)?.TotalSeconds, Is.EqualTo(seconds));

    [TestCase("")]
    [TestCase("24")]
    [TestCase("h")]
    [TestCase("-1h")]
    [TestCase("0s")]
    [TestCase("1w")]
    public void Other_times_are_none(string text) => Assert.That(Duration.Parse(text), Is.Null);

    [Test]
    public void Lines_of_joined_files_lead_back_to_their_files()
    {
        var joined = JoinedFiles.Join([("a.yaml", "one: 1\ntwo: 2"), ("b.yaml", "---\nthree: 3\n"), ("c.yaml", "# note\nfour: 4\n")]);
        var lines = joined.Text.Split('\n');
        Assert.That(joined.Place(Array.IndexOf(lines, "two: 2") + 1), Is.EqualTo(("a.yaml", 2)));
        Assert.That(joined.Place(Array.IndexOf(lines, "three: 3") + 1), Is.EqualTo(("b.yaml", 2)));
        Assert.That(joined.Place(Array.IndexOf(lines, "four: 4") + 1), Is.EqualTo(("c.yaml", 2)));
    }
}
