using Probes.Contracts.Checks;
using Probes.Contracts.Documents;

namespace Probes.Tests.Contracts.Documents;

public sealed class SecretReferenceTests
{
    [Test]
    public void A_check_refers_to_secrets_in_headers_body_query_and_what_tcp_sends()
    {
        var set = CheckDocuments.Read(
            """
            apiVersion: probes/v1
            kind: Check
            metadata: {name: web, project: shop}
            spec:
              http:
                url: "https://example.com/?key=${{ secrets.KEY }}"
                headers: {Authorization: "Bearer ${{ secrets.TOKEN }}"}
                body: '{"a": "${{secrets.TOKEN}}", "b": "${{ secrets.OTHER_1 }}"}'
            ---
            apiVersion: probes/v1
            kind: Check
            metadata: {name: cache}
            spec: {tcp: {host: cache.example.com, port: 6379, send: "AUTH ${{ secrets.CACHE }}\r\n", expect: "+OK"}}
            """, "f.yaml");
        Assert.That(set.Errors, Is.Empty);
        Assert.That(set.Checks.Select(c => string.Join(' ', SecretReferences.Of(c))), Is.EqualTo(new[] { "KEY TOKEN OTHER_1", "CACHE" }));
        Assert.That(set.SecretUses["shop/web"].Select(u => (u.Name, u.Key, u.Place.Line)),
            Is.EqualTo(new[] { ("KEY", "spec.http.url", 6), ("TOKEN", "spec.http.headers.Authorization", 7), ("TOKEN", "spec.http.body", 8), ("OTHER_1", "spec.http.body", 8) }));
        foreach (var check in set.Checks)
        {
            Assert.That(SecretReferences.Of(CheckDocuments.Read(CheckDocuments.Write(check), "again").Checks.Single()), Is.EqualTo(SecretReferences.Of(check)));
        }
    }

    [TestCase("url: \"https://${{ secrets.HOST }}/\"", "not allowed here")]
    [TestCase("url: \"https://example.com/${{ secrets.PATH }}?a=b\"", "not allowed here")]
    [TestCase("url: \"https://example.com/?a=b#${{ secrets.PART }}\"", "not allowed here")]
    [TestCase("url: \"https://example.com/\"\n    method: \"${{ secrets.METHOD }}\"", "not allowed here")]
    [TestCase("url: \"https://example.com/\"\n    headers: {\"${{ secrets.NAME }}\": x}", "a key cannot hold")]
    [TestCase("url: \"https://example.com/\"\n    body: \"${{ secrets.lower }}\"", "is not a reference")]
    [TestCase("url: \"https://example.com/\"\n    body: \"${{ env.HOME }}\"", "is not a reference")]
    [TestCase("url: \"https://example.com/\"\n    body: \"${{ secrets.TOKEN\"", "has no end")]
    public void A_reference_of_another_form_or_in_another_place_is_an_error_with_its_place(string http, string message)
    {
        var set = CheckDocuments.Read($"apiVersion: probes/v1\nkind: Check\nmetadata: {{name: web}}\nspec:\n  http:\n    {http}\n", "f.yaml");
        var error = set.Errors.First(e => e.Message.Contains(message, StringComparison.Ordinal));
        Assert.That((error.Line, error.Column, error.Allowed), Is.Not.EqualTo((0, 0, "")));
        Assert.That(error.Line, Is.EqualTo(http.Contains('\n', StringComparison.Ordinal) ? 7 : 6));
        Assert.That(set.Checks, Is.Empty);
    }

    [Test]
    public void Assertions_labels_and_locations_take_no_reference()
    {
        var set = CheckDocuments.Read(
            """
            apiVersion: probes/v1
            kind: Check
            metadata: {name: web, description: "${{ secrets.A }}", labels: {a: "${{ secrets.A }}"}}
            spec:
              http: {url: "https://example.com/"}
              assertions: [{body: {contains: "${{ secrets.A }}"}}]
            """, "f.yaml");
        Assert.That(set.Errors.Select(e => e.Key), Is.EquivalentTo(new[] { "metadata.description", "metadata.labels.a", "spec.assertions[0].body.contains" }));
    }

    [TestCase("short", "too short")]
    [TestCase("      short      ", "too short")]
    [TestCase("with\0NUL", "NUL")]
    [TestCase("long enough", null)]
    public void A_value_can_be_told_from_other_text(string value, string? mistake) =>
        Assert.That(SecretReferences.ValueMistake(value), mistake is null ? Is.Null : Does.Contain(mistake));
}
