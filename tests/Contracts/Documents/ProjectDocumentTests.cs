using Probes.Contracts.Documents;

namespace Probes.Tests.Contracts.Documents;

public sealed class ProjectDocumentTests
{
    private const string Check = """
        apiVersion: probes/v1
        kind: Check
        metadata: {name: web, project: shop}
        spec:
          locations: [eu, platform/eu, default/local]
          tcp: {host: a.example.com, port: 443}
        """;

    [Test]
    public void Names_are_of_the_documents_project_and_locations_of_the_one_they_say()
    {
        var check = CheckDocuments.Read(Check, "f").Checks.Single();
        Assert.That(check.Name, Is.EqualTo("shop/web"));
        Assert.That(check.Locations, Is.EqualTo(new[] { "shop/eu", "platform/eu", "local" }));
        Assert.That(CheckDocuments.Write(check), Does.Contain("""{"name":"web","project":"shop"}""").And.Contain("""["eu","platform/eu","default/local"]"""));
    }

    [Test]
    public void Documents_that_do_not_say_are_of_the_project_they_are_read_for()
    {
        var set = CheckDocuments.Read("apiVersion: probes/v1\nkind: Location\nmetadata: {name: eu}\nspec: {shared: true}\n---\n" + Check, "f", "team");
        Assert.That(set.Errors, Is.Empty);
        Assert.That((set.Locations.Single().Name, set.Locations.Single().Shared, set.Checks.Single().Name), Is.EqualTo(("team/eu", true, "shop/web")));
        Assert.That(CheckDocuments.Read("apiVersion: probes/v1\nkind: Location\nmetadata: {name: eu, project: default}\n", "f", "team").Locations.Single().Name, Is.EqualTo("eu"));
    }

    [Test]
    public void The_same_name_may_stand_in_two_projects_and_not_twice_in_one()
    {
        const string Two = "apiVersion: probes/v1\nkind: Location\nmetadata: {name: eu, project: a}\n---\napiVersion: probes/v1\nkind: Location\nmetadata: {name: eu, project: b}\n";
        Assert.That(CheckDocuments.Read(Two, "f").Errors, Is.Empty);
        Assert.That(CheckDocuments.Read(Two.Replace("project: b", "project: a", StringComparison.Ordinal), "f").Errors.Single().Message, Does.Contain("'a/eu' is defined twice"));
    }

    [TestCase("name: web, project: A b", "metadata.project", 3)]
    [TestCase("name: shop/web", "metadata.name", 3)]
    public void A_name_that_is_none_is_refused_at_its_place(string metadata, string key, int line)
    {
        var error = CheckDocuments.Read(Check.Replace("name: web, project: shop", metadata, StringComparison.Ordinal), "f").Errors.Single();
        Assert.That((error.Key, error.Line, error.Allowed), Is.EqualTo((key, line, "1 to 63 of a-z, 0-9 and '-', starting and ending with a letter or digit")));
    }

    [TestCase("a/b/c")]
    [TestCase("/eu")]
    [TestCase("eu/")]
    public void A_reference_that_is_none_is_refused(string location) =>
        Assert.That(CheckDocuments.Read(Check.Replace("platform/eu", location, StringComparison.Ordinal), "f").Errors.Single().Allowed, Does.Contain("project/name"));

    [Test]
    public void A_location_named_twice_in_two_ways_stands_twice() =>
        Assert.That(CheckDocuments.Read(Check.Replace("platform/eu", "shop/eu", StringComparison.Ordinal), "f").Errors.Single().Message, Is.EqualTo("'shop/eu' stands twice"));
}
