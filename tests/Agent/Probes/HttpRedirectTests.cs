using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

public sealed class HttpRedirectTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nend";

    private static string To(string location, int status = 302) => $"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 4\r\n\r\nmore";

    [Test]
    public async Task Relative_locations_are_followed_and_only_the_last_answer_counts()
    {
        await using var server = RawServer.AnsweringBy(head => head.Split(' ')[1] switch { "/a/b" => To("c"), "/a/c" => To("/end"), _ => Ok });
        var outcome = await Probing.RunAsync(Probing.Http(server.Url + "a/b"), assertions: new BodyAssertion(new TextTest(TextOperator.Equals, "end")));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(server.Requests.Select(r => r.Split(' ')[1]), Is.EqualTo(new[] { "/a/b", "/a/c", "/end" }));
        Assert.That(outcome.Evidence["final_url"], Is.EqualTo(server.Url + "end"));
        Assert.That(outcome.Evidence["hop2"], Does.StartWith($"302 {server.Url}a/c ").And.EndsWith(" ms"));
    }

    [Test]
    public async Task A_body_of_a_redirect_is_not_taken_for_the_last_ones()
    {
        await using var server = RawServer.AnsweringBy(head => head.StartsWith("GET / ", StringComparison.Ordinal) ? To("/end") : "HTTP/1.1 204 No Content\r\n\r\n");
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: new BodyAssertion(new TextTest(TextOperator.Contains, "more")));
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/assertion_failed"));
    }

    [TestCase("file:///etc/passwd")]
    [TestCase("javascript:alert(1)")]
    [TestCase("http://")]
    [TestCase("http:// /")]
    public async Task Redirects_lead_to_web_addresses_only(string location)
    {
        await using var server = RawServer.Answering(To(location));
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url))).Verdict(), Is.EqualTo("Failed/Target/bad_redirect"));
    }

    [TestCase(301, "POST", "GET")]
    [TestCase(302, "POST", "GET")]
    [TestCase(303, "PUT", "GET")]
    [TestCase(303, "HEAD", "HEAD")]
    [TestCase(307, "POST", "POST")]
    [TestCase(308, "PUT", "PUT")]
    [TestCase(301, "PUT", "PUT")]
    public async Task Methods_change_as_in_browsers(int status, string method, string then)
    {
        await using var server = RawServer.AnsweringBy(head => head.Contains(" /end ", StringComparison.Ordinal) ? Ok : To("/end", status));
        var spec = Probing.Http(server.Url) with { Method = method, Headers = [KeyValuePair.Create("Content-Type", "text/plain")] };
        Assert.That((await Probing.RunAsync(spec)).Verdict(), Is.EqualTo("Passed/None/"));
        Assert.That(server.Requests.Last(), Does.StartWith($"{then} /end "));
        Assert.That(server.Requests.Last().Contains("Content-Type", StringComparison.Ordinal), Is.EqualTo(method == then), "what tells of a body goes with it");
    }

    [Test]
    public async Task All_hops_together_have_the_time_of_the_run()
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, ct);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(To("/again")), ct);
        });
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { MaxRedirects = 20 }, TimeSpan.FromMilliseconds(700));
        Assert.That(outcome.Verdict(), Is.EqualTo("TimedOut/Target/wait_timeout"), outcome.Message);
    }

    [Test]
    public async Task A_host_header_stays_with_its_origin()
    {
        await using var other = RawServer.Answering(Ok);
        await using var server = RawServer.Answering(To(other.Url));
        var spec = Probing.Http(server.Url) with { Headers = [KeyValuePair.Create("Host", "shop.test"), KeyValuePair.Create("cookie", "a=secret")] };
        Assert.That((await Probing.RunAsync(spec)).Verdict(), Is.EqualTo("Passed/None/"));
        Assert.That(server.Requests.Single(), Does.Contain("Host: shop.test\r\n"));
        Assert.That(other.Requests.Single(), Does.Contain($"Host: 127.0.0.1:{other.Port}\r\n").And.Not.Contain("secret"));
    }
}
