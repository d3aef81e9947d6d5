using Probes.Contracts.Documents;

namespace Probes.Tests.Contracts.Documents;

public sealed class MaintenanceReaderTests
{
    private const string Recurring = "checks: [shop]\n  schedule: \"30 2 * * SUN\"\n  duration: 45m";

    [TestCase("checks: \"*\"\n  from: 2026-01-31T22:00:00Z\n  to: 2026-02-01T01:00:00+01:00\n  reason: move", """{"checks":["*"],"from":"2026-01-31T22:00:00Z","to":"2026-02-01T00:00:00Z","reason":"move"}""")]
    [TestCase("checks: [shop, pay]\n  regions: [Europe]\n  locations: [eu-west, infra/eu-north]\n  schedule: \"30 2 * * SUN\"\n  duration: 45m\n  timeZone: Europe/Berlin",
        """{"checks":["shop","pay"],"regions":["Europe"],"locations":["eu-west","infra/eu-north"],"schedule":"30 2 * * SUN","duration":"45m","timeZone":"Europe/Berlin"}""")]
    [TestCase("checks: shop\n  schedule: \"0 0 29 2 *\"\n  duration: 7d", """{"checks":["shop"],"schedule":"0 0 29 2 *","duration":"7d","timeZone":"UTC"}""")]
    public void Both_forms_are_read_and_their_canonical_document_reads_back_the_same(string spec, string canonical)
    {
        var read = CheckDocuments.Read(Document(spec), "m.yaml", "team");
        Assert.That(read.Errors, Is.Empty);
        var written = CheckDocuments.Write(read.Windows.Single());
        Assert.That(written, Does.EndWith($"\"spec\":{canonical}}}"));
        Assert.That(written, Does.Contain("\"kind\":\"Maintenance\"").And.Contain("\"project\":\"team\""));
        Assert.That(CheckDocuments.Write(CheckDocuments.Read(written, "again").Windows.Single()), Is.EqualTo(written));
        Assert.That(read.Windows[0].Names("team/shop"), Is.True);
        Assert.That(read.Windows[0].Names("shop"), Is.False, "another project's");
    }

    [TestCase("checks: [shop]", "5:3", "spec", "says nothing of when it is")]
    [TestCase("checks: [shop]\n  from: 2026-01-31T22:00:00Z\n  to: 2026-01-31T23:00:00Z\n  duration: 1h", "6:9", "spec.from", "stands beside what says when it recurs")]
    [TestCase("checks: [shop]\n  from: 2026-01-31T22:00:00Z\n  to: 2026-01-31T22:00:00Z", "7:7", "spec.to", "is not after from")]
    [TestCase("checks: [shop]\n  from: 2026-01-31T22:00:00Z\n  to: 2026-02-07T22:01:00Z", "7:7", "spec.to", "is 10081m after from")]
    [TestCase("checks: [shop]\n  from: 2026-01-31T22:00:00Z", "5:3", "spec.to", "is missing")]
    [TestCase("checks: [shop]\n  from: tomorrow\n  to: 2026-02-07T22:01:00Z", "6:9", "spec.from", "'tomorrow' is not allowed")]
    [TestCase("checks: [shop]\n  from: 2026-01-31T22:00:30Z\n  to: 2026-02-01T22:00:00Z", "6:9", "spec.from", "'2026-01-31T22:00:30Z' is not allowed")]
    [TestCase("checks: [shop]\n  from: 2026-01-31T22:00:00\n  to: 2026-02-01T22:00:00Z", "6:9", "spec.from", "'2026-01-31T22:00:00' is not allowed")]
    [TestCase("checks: [shop]\n  schedule: \"61 2 * * *\"\n  duration: 45m", "6:13", "spec.schedule", "'61 2 * * *' is not a schedule")]
    [TestCase("checks: [shop]\n  schedule: \"0 0 30 2 *\"\n  duration: 45m", "6:13", "spec.schedule", "'0 0 30 2 *' never comes")]
    [TestCase("checks: [shop]\n  schedule: \"0 30 2 * * SUN\"\n  duration: 45m", "6:13", "spec.schedule", "'0 30 2 * * SUN' is not a schedule")]
    [TestCase("checks: [shop]\n  schedule: \"30 2 * * *\"", "5:3", "spec.duration", "is missing")]
    [TestCase("checks: [shop]\n  schedule: \"30 2 * * *\"\n  duration: 59s", "7:13", "spec.duration", "59s is out of range")]
    [TestCase("checks: [shop]\n  schedule: \"30 2 * * *\"\n  duration: 169h", "7:13", "spec.duration", "169h is out of range")]
    [TestCase("checks: [shop]\n  schedule: \"30 2 * * *\"\n  duration: 1h\n  timeZone: Europe/Berlni", "8:13", "spec.timeZone", "'Europe/Berlni' is not known here, did you mean 'Europe/Berlin'?")]
    [TestCase("checks: [shop]\n  schedule: \"30 2 * * *\"\n  duration: 1h\n  timezone: UTC", "8:3", "spec.timezone", "unknown key 'timezone', did you mean 'timeZone'?")]
    [TestCase("from: 2026-01-31T22:00:00Z\n  to: 2026-01-31T23:00:00Z", "5:3", "spec.checks", "is missing")]
    [TestCase("checks: []\n  schedule: \"30 2 * * *\"\n  duration: 1h", "5:11", "spec.checks", "names nothing")]
    [TestCase("checks: [\"*\", shop]\n  schedule: \"30 2 * * *\"\n  duration: 1h", "5:11", "spec.checks", "names checks beside \"*\"")]
    [TestCase("checks: [shop, shop]\n  schedule: \"30 2 * * *\"\n  duration: 1h", "5:18", "spec.checks[1]", "'shop' stands twice")]
    [TestCase("checks: [other/shop]\n  schedule: \"30 2 * * *\"\n  duration: 1h", "5:12", "spec.checks[0]", "'other/shop' is not allowed")]
    [TestCase("checks: {a: b}\n  schedule: \"30 2 * * *\"\n  duration: 1h", "5:11", "spec.checks", "is not a list")]
    [TestCase(Recurring + "\n  locations: [Eu West]", "8:15", "spec.locations[0]", "'Eu West' is not allowed")]
    public void A_mistake_is_named_with_its_place_and_key(string spec, string place, string key, string message)
    {
        var errors = CheckDocuments.Read(Document(spec), "m.yaml").Errors;
        Assert.That(errors.Select(e => $"{e.Line}:{e.Column} {e.Key} {e.Message}"), Has.Some.EqualTo($"{place} {key} {message}"));
    }

    [Test]
    public void A_window_may_be_called_as_a_check_is_and_defined_once()
    {
        var twice = CheckDocuments.Read(Document(Recurring) + "\n---\n" + Document(Recurring), "m.yaml");
        Assert.That(twice.Errors.Single().Message, Does.StartWith("'nightly' is defined twice"));
        var both = CheckDocuments.Read(Document(Recurring) + "\n---\napiVersion: probes/v1\nkind: Check\nmetadata: {name: nightly}\nspec: {tcp: {host: a.test, port: 1}}", "m.yaml");
        Assert.That(both.Errors, Is.Empty);
        Assert.That(both.WindowPlaces[("nightly", "spec.checks[0]")], Is.EqualTo(new DocumentPlace("m.yaml", 5, 12)));
    }

    private static string Document(string spec) => $"apiVersion: probes/v1\nkind: Maintenance\nmetadata: {{name: nightly}}\nspec:\n  {spec}";
}
