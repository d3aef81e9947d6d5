using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using Probes.Contracts.Checks;

namespace Probes.Tests.Contracts.Checks;

public sealed class JsonPathTests
{
    private const string Document = """{"a":{"b":[1,{"c":"x"},null],"odd name":2,"it's":3},"list":[{"n":1},{"n":2},{"m":3}]}""";

    [TestCase("$", new[] { Document })]
    [TestCase("$.a.b[0]", new[] { "1" })]
    [TestCase("$.a.b[-1]", new[] { "null" })]
    [TestCase("$.a.b[3]", new string[0])]
    [TestCase("$.a.b[-4]", new string[0])]
    [TestCase("$['a'][\"odd name\"]", new[] { "2" })]
    [TestCase("$.a[\"it's\"]", new[] { "3" })]
    [TestCase("$.list[*].n", new[] { "1", "2" })]
    [TestCase("$.a.b.*", new[] { "1", """{"c":"x"}""", "null" })]
    [TestCase("$.a.b.c", new string[0])]
    [TestCase("$.a[0]", new string[0])]
    public void Leads_to(string path, string[] values)
    {
        using var document = JsonDocument.Parse(Document);
        Assert.That(JsonPath.TryParse(path, out var parsed), Is.True);
        Assert.That(parsed.Select(document.RootElement).Select(e => e.GetRawText()), Is.EqualTo(values));
    }

    [TestCase("")]
    [TestCase("a")]
    [TestCase("$a")]
    [TestCase("$.")]
    [TestCase("$..a")]
    [TestCase("$[")]
    [TestCase("$[]")]
    [TestCase("$['a'")]
    [TestCase("$[1.5]")]
    [TestCase("$[99999999999]")]
    [TestCase("$.a[?(@.b)]")]
    [TestCase("$.a b")]
    public void Does_not_understand(string path) => Assert.That(JsonPath.TryParse(path, out _), Is.False);

    [Test]
    public void Finds_every_value_by_the_path_it_was_put_at() =>
        Gen.OneOf(Gen.Int[0, 3].Select(i => (object)i), Gen.Char["ab 1'.é"].Array[1, 4].Select(c => (object)new string(c))).Array[0, 6].Sample(steps =>
        {
            JsonNode node = JsonValue.Create("here");
            foreach (var step in steps.Reverse())
            {
                node = step is int at
                    ? new JsonArray([.. Enumerable.Repeat<JsonNode?>(null, at), node])
                    : new JsonObject { ["other"] = 1, [(string)step] = node };
            }

            var path = "$" + string.Concat(steps.Select(s => s is int i ? string.Create(CultureInfo.InvariantCulture, $"[{i}]") : $"[\"{s}\"]"));
            using var document = JsonDocument.Parse(node.ToJsonString());
            Assert.That(JsonPath.TryParse(path, out var parsed), Is.True, path);
            Assert.That(parsed.Select(document.RootElement).Single().GetString(), Is.EqualTo("here"), path);
        }, iter: 500);

    [Test]
    public void No_text_breaks_the_parser() =>
        Gen.Char["$.[]'\"*-01ab ?"].Array[0, 12].Select(c => "$" + new string(c))
            .Sample(text => Assert.That(() => JsonPath.TryParse(text, out _), Throws.Nothing, text), iter: 5000);
}
