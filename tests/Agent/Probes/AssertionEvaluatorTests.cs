using Probes.Agent.Probes;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Tests.Agent.Probes;

public sealed class AssertionEvaluatorTests
{
    private static Observation Seen(string body = "") => new()
    {
        StatusCode = 204,
        Body = body,
        Answers = ["192.0.2.1", "192.0.2.2"],
        CertificateDaysLeft = 20,
        Duration = TimeSpan.FromMilliseconds(150),
        Phases = new PhaseTimes(null, TimeSpan.FromMilliseconds(20), null, null, TimeSpan.FromMilliseconds(100), null),
        Headers = { KeyValuePair.Create("Content-Type", "text/html"), KeyValuePair.Create("x-two", "a"), KeyValuePair.Create("X-Two", "b") },
    };

    private static TextTest Test(TextOperator op, string value) => new(op, value);

    private static IEnumerable<TestCaseData> Table()
    {
        static TestCaseData Row(Assertion assertion, bool passes, string actual) => new(assertion, passes, actual);
        yield return Row(new StatusAssertion([new StatusRange(200, 299)]), true, "204");
        yield return Row(new StatusAssertion([new StatusRange(200, 200), new StatusRange(204, 204)]), true, "204");
        yield return Row(new StatusAssertion([new StatusRange(300, 399)]), false, "204");
        yield return Row(new HeaderAssertion("content-type", Test(TextOperator.Equals, "text/html")), true, "text/html");
        yield return Row(new HeaderAssertion("content-type", Test(TextOperator.Equals, "Text/html")), false, "text/html");
        yield return Row(new HeaderAssertion("content-type", Test(TextOperator.Contains, "html")), true, "text/html");
        yield return Row(new HeaderAssertion("content-type", Test(TextOperator.NotContains, "json")), true, "text/html");
        yield return Row(new HeaderAssertion("content-type", Test(TextOperator.Matches, "^text/(html|plain)$")), true, "text/html");
        yield return Row(new HeaderAssertion("x-two", Test(TextOperator.Equals, "a, b")), true, "a, b");
        yield return Row(new HeaderAssertion("x-none", Test(TextOperator.Equals, "")), false, "absent");
        yield return Row(new HeaderAssertion("x-none", Test(TextOperator.Exists, "true")), false, "absent");
        yield return Row(new HeaderAssertion("x-none", Test(TextOperator.Exists, "false")), true, "absent");
        yield return Row(new HeaderAssertion("x-none", Test(TextOperator.NotContains, "a")), true, "absent");
        yield return Row(new HeaderAssertion("x-none", Test(TextOperator.Matches, ".*")), false, "absent");
        yield return Row(new LatencyAssertion(TimeSpan.FromMilliseconds(151)), true, "150 ms");
        yield return Row(new LatencyAssertion(TimeSpan.FromMilliseconds(150)), false, "150 ms");
        yield return Row(new PhaseAssertion(Phase.Wait, TimeSpan.FromMilliseconds(101)), true, "100 ms");
        yield return Row(new PhaseAssertion(Phase.Wait, TimeSpan.FromMilliseconds(100)), false, "100 ms");
        yield return Row(new PhaseAssertion(Phase.Tls, TimeSpan.FromMilliseconds(1)), true, "absent");
        yield return Row(new CertificateAssertion(20), true, "20 days");
        yield return Row(new CertificateAssertion(21), false, "20 days");
        yield return Row(new AnswersAssertion(false, ["192.0.2.2"]), true, "192.0.2.1, 192.0.2.2");
        yield return Row(new AnswersAssertion(true, ["192.0.2.2", "192.0.2.1"]), true, "192.0.2.1, 192.0.2.2");
        yield return Row(new AnswersAssertion(true, ["192.0.2.2"]), false, "192.0.2.1, 192.0.2.2");
        yield return Row(new AnswersAssertion(false, ["192.0.2.3"]), false, "192.0.2.1, 192.0.2.2");
    }

    [TestCaseSource(nameof(Table))]
    public void Holds_or_does_not(Assertion assertion, bool passes, string actual)
    {
        var outcome = AssertionEvaluator.Evaluate([assertion], Seen()).Single();
        Assert.That((outcome.Passed, outcome.Actual), Is.EqualTo((passes, actual)), outcome.Assertion);
    }

    [TestCase("""{"a":{"b":[1,"two",null]}}""", "$.a.b[1]", TextOperator.Equals, "two", true)]
    [TestCase("""{"a":{"b":[1,"two",null]}}""", "$.a.b[0]", TextOperator.Equals, "1", true)]
    [TestCase("""{"a":{"b":[1,"two",null]}}""", "$['a']['b'][-1]", TextOperator.Equals, "null", true)]
    [TestCase("""{"a":{"b":[1,"two",null]}}""", "$.a.b[3]", TextOperator.Exists, "false", true)]
    [TestCase("""{"a":[{"n":1},{"n":2}]}""", "$.a[*].n", TextOperator.Equals, "[1,2]", true)]
    [TestCase("""{"ok":true}""", "$.ok", TextOperator.Equals, "true", true)]
    [TestCase("not json", "$.ok", TextOperator.Exists, "true", false)]
    [TestCase("", "$.ok", TextOperator.Exists, "true", false)]
    public void Json_paths_lead_to_texts(string body, string path, TextOperator op, string value, bool passes) =>
        Assert.That(AssertionEvaluator.Evaluate([new JsonPathAssertion(path, Test(op, value))], Seen(body)).Single().Passed, Is.EqualTo(passes));

    [Test]
    public void Every_assertion_gives_an_outcome_in_order()
    {
        var outcomes = AssertionEvaluator.Evaluate([new CertificateAssertion(1), new CertificateAssertion(99), new CertificateAssertion(2)], Seen());
        Assert.That(outcomes.Select(o => o.Passed), Is.EqualTo(new[] { true, false, true }));
    }

    [Test]
    public void A_pattern_cannot_be_made_slow_by_what_a_target_sends()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        AssertionEvaluator.Evaluate([new BodyAssertion(Test(TextOperator.Matches, "^(a+)+$"))], Seen(new string('a', 50_000) + "!"));
        Assert.That(clock.Elapsed, Is.LessThan(TimeSpan.FromSeconds(2)));
    }
}
