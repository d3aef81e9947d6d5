using CsCheck;
using Probes.Contracts.Checks;

namespace Probes.Tests.Contracts.Checks;

public sealed class QualifiedNameTests
{
    [Test]
    public void A_name_is_taken_apart_into_what_it_was_made_of() => Gen.Select(Any.Name, Any.Name).Sample((project, name) =>
    {
        var qualified = QualifiedName.Of(project, name);
        Assert.That((QualifiedName.ProjectOf(qualified), QualifiedName.BareOf(qualified)), Is.EqualTo((project, name)));
    });

    [Test]
    public void What_is_written_within_a_project_means_there_what_it_meant() => Gen.Select(Any.Qualified, Any.Qualified).Sample((from, to) =>
    {
        var project = QualifiedName.ProjectOf(from);
        Assert.That(QualifiedName.Resolve(project, QualifiedName.Within(project, to)), Is.EqualTo(to));
    });

    [Test]
    public void Two_names_are_the_same_only_when_both_their_parts_are() => Gen.Select(Any.Qualified, Any.Qualified).Sample((a, b) =>
        Assert.That(a == b, Is.EqualTo((QualifiedName.ProjectOf(a), QualifiedName.BareOf(a)) == (QualifiedName.ProjectOf(b), QualifiedName.BareOf(b)))));

    [TestCase("default", "web", ExpectedResult = "web")]
    [TestCase("shop", "web", ExpectedResult = "shop/web")]
    [TestCase("shop", "default/web", ExpectedResult = "web")]
    [TestCase("shop", "shop/web", ExpectedResult = "shop/web")]
    [TestCase("shop", "other/web", ExpectedResult = "other/web")]
    public string A_reference_is_of_its_project_unless_it_says_otherwise(string project, string reference) => QualifiedName.Resolve(project, reference);
}
