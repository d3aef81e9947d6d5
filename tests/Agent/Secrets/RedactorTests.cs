using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using CsCheck;
using Probes.Agent.Probes;
using Probes.Agent.Secrets;

namespace Probes.Tests.Agent.Secrets;

public sealed class RedactorTests
{
    private const string Secret = "c4n@ry \"s3cr&t\"/+<é>?=é";

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    // Each as a target or a library may give it back; none of them made by the code under test.
    private static readonly (string Name, Func<string, string> Write)[] Writers =
    [
        ("raw", s => s),
        ("latin-1", s => Encoding.Latin1.GetString(Encoding.UTF8.GetBytes(s))),
        ("percent", Uri.EscapeDataString),
        ("percent, lower", s => Lower(Uri.EscapeDataString(s))),
        ("form", s => WebUtility.UrlEncode(s)),
        ("form, lower", s => Lower(WebUtility.UrlEncode(s))),
        ("query", s => UrlEncoder.Default.Encode(s)),
        ("percent, everything", s => string.Concat(Encoding.UTF8.GetBytes(s).Select(b => $"%{b:X2}"))),
        ("base64", s => Convert.ToBase64String(Encoding.UTF8.GetBytes(s))),
        ("base64 in the middle, 1", s => Convert.ToBase64String(Encoding.UTF8.GetBytes("x" + s + "y"))),
        ("base64 in the middle, 2", s => Convert.ToBase64String(Encoding.UTF8.GetBytes("us" + s + "yz"))),
        ("basic", s => Convert.ToBase64String(Encoding.UTF8.GetBytes("user:" + s))),
        ("base64url", s => System.Buffers.Text.Base64Url.EncodeToString(Encoding.UTF8.GetBytes(s))),
        ("base64 in an address", s => Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(s)))),
        ("json", s => JsonSerializer.Serialize(s)),
        ("json, relaxed", s => JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(s)),
        ("json in json", s => JsonSerializer.Serialize(JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(s), Relaxed)),
        ("html", WebUtility.HtmlEncode),
        ("html, strict", s => HtmlEncoder.Default.Encode(s)),
        ("hex", s => Convert.ToHexString(Encoding.UTF8.GetBytes(s))),
        ("hex, lower", s => Convert.ToHexStringLower(Encoding.UTF8.GetBytes(s))),
    ];

    private static IEnumerable<TestCaseData> Forms() => Writers.Select(w => new TestCaseData(w.Write).SetArgDisplayNames(w.Name));

    [TestCaseSource(nameof(Forms))]
    public void A_secret_is_blacked_out_in_every_form(Func<string, string> write)
    {
        var shown = new Redactor([Secret]).Redact($"before {write(Secret)} after");
        Assert.That(shown, Does.StartWith("before ").And.EndsWith(" after").And.Contain(Redactor.Mark));
        // What is left of base64 within a longer text are the characters it shares with its neighbours.
        Assert.That(shown, Has.Length.LessThanOrEqualTo("before  after".Length + Redactor.Mark.Length + 12), shown);
    }

    [TestCase("%", "%c3%9f")]
    [TestCase("%f", "%c3%9f")]
    [TestCase("%", "ß")]
    [TestCase("%f", "ß")]
    public void A_stray_percent_sign_before_a_secret_does_not_hide_it(string before, string last)
    {
        var shown = new Redactor(["4fabcdefghß"]).Redact($"{before}4fabcdefgh{last}");
        Assert.That(shown, Does.Contain(Redactor.Mark).And.Not.Contain("abcdefgh"));
    }

    [Test]
    public void Nor_one_before_its_base64_in_an_address()
    {
        const string Value = "\u007f\u007f?~\u007f?abcdefgh";
        var written = Uri.EscapeDataString(Convert.ToBase64String(Encoding.UTF8.GetBytes(Value)));
        Assert.That(written, Does.StartWith("f38").And.Contain("%2F"));
        var shown = new Redactor([Value]).Redact("?q=%E" + written);
        Assert.That(shown, Does.Not.Contain(written[2..10]), shown);
    }

    [Test]
    public void No_random_secret_is_found_again_in_any_form() =>
        Gen.Select(Gen.Char[' ', 'ɏ'].Array[6, 120].Select(c => new string(c)), Gen.Char[' ', '~'].Array[0, 40].Select(c => new string(c)), Gen.Int[0, Writers.Length - 1])
            .Where(t => t.Item1.Trim().Length >= 6)
            .Sample(t =>
            {
                var (secret, around, writer) = t;
                var shown = new Redactor([secret, "another secret"]).Redact(around + Writers[writer].Write(secret) + around);
                return !around.Contains(secret, StringComparison.Ordinal) && Writers.All(w => Core(w.Write(secret)) is var core && (core.Length < 6 || !shown.Contains(core, StringComparison.Ordinal)));
            }, iter: 3000);

    [Test]
    public void Wherever_a_text_is_cut_no_piece_of_the_secret_is_left()
    {
        var redactor = new Redactor([Secret]);
        foreach (var (name, write) in Writers.Where(w => !w.Name.Contains("middle", StringComparison.Ordinal) && w.Name is not ("basic" or "json" or "json in json")))
        {
            var text = write(Secret);
            // Less than a whole escape tells nothing.
            for (var kept = name.StartsWith("percent", StringComparison.Ordinal) ? 3 : 1; kept < text.Length - 1; kept++)
            {
                var cut = BoundedText.Cut("id 1 " + text, 6 + kept);
                Assert.That(redactor.Redact(cut), Is.EqualTo("id 1 ***…"), $"{name}, {kept} characters");
            }
        }

        Assert.That(redactor.Redact("body id 1 " + Secret[..5]), Is.EqualTo("body id 1 ***"), "a body that was read up to a bound has no mark");
    }

    [Test]
    public void Other_text_stays_as_it_is_and_is_not_copied()
    {
        const string Text = "the target answered 503 after c4n 12 ms";
        Assert.That(new Redactor([Secret]).Redact(Text), Is.SameAs(Text));
        Assert.That(Redactor.None.Redact(Text), Is.SameAs(Text));
    }

    [Test]
    public void Secrets_that_overlap_or_hold_each_other_are_all_blacked_out()
    {
        var redactor = new Redactor(["abcdefgh", "efghijkl", "cdefgh"]);
        Assert.That(redactor.Redact("-abcdefghijkl-cdefgh-abcdefghabcdefgh-"), Is.EqualTo("-***-***-***-"));
    }

    [Test]
    public void A_long_value_and_each_of_its_lines_are_blacked_out()
    {
        var key = string.Join('\n', Enumerable.Range(0, 40).Select(i => Convert.ToBase64String(Guid.NewGuid().ToByteArray()) + i));
        var redactor = new Redactor([key]);
        Assert.That(redactor.Redact($"<{key}>"), Is.EqualTo("<***>"));
        Assert.That(redactor.Redact($"<{key[..700]}…"), Is.EqualTo("<***…"));
        Assert.That(redactor.Redact($"line '{key.Split('\n')[17]}'"), Is.EqualTo("line '***'"));
    }

    // Without the quotes of a JSON string.
    private static string Core(string text) => text.Trim('"').Trim();

    private static string Lower(string text) => System.Text.RegularExpressions.Regex.Replace(text, "%[0-9A-F]{2}", m => m.Value.ToLowerInvariant());
}
