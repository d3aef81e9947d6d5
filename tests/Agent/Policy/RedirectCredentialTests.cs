using Probes.Tests.Agent.Probes;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Policy;

/// <summary>What goes along with a redirect. A secret may stand in any header, and in the body.</summary>
public sealed class RedirectCredentialTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

    private static readonly KeyValuePair<string, string>[] Secrets =
    [
        new("Authorization", "Bearer canary"), new("Cookie", "session=canary"), new("Proxy-Authorization", "Basic canary"), new("X-Api-Key", "canary"),
        new("X-Auth-Token", "canary"), new("Host", "canary.test"),
    ];

    private static readonly KeyValuePair<string, string>[] Plain = [new("Accept", "application/json"), new("User-Agent", "me/1")];

    private static string To(string location, int status = 302) => $"HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n";

    [Test]
    public async Task No_credential_goes_to_another_origin()
    {
        await using var other = RawServer.Answering(Ok);
        await using var server = RawServer.Answering(To(other.Url));
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { Headers = [.. Secrets, .. Plain] });
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(server.Requests.Single().Split("canary"), Has.Length.EqualTo(Secrets.Length + 1));
        Assert.That(other.Requests.Single(), Does.Not.Contain("canary").And.Contain("Accept: application/json\r\n").And.Contain("User-Agent: me/1\r\n"));
        Assert.That(outcome.Evidence["headers_kept_back"], Does.StartWith("authorization, cookie, "), "so that a 401 can be understood");
    }

    [Test]
    public async Task They_go_along_within_the_origin()
    {
        await using var server = RawServer.AnsweringBy(head => head.Contains(" /end ", StringComparison.Ordinal) ? Ok : To("/end"));
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { Headers = Secrets });
        Assert.That(server.Requests.Last().Split("canary"), Has.Length.EqualTo(Secrets.Length + 1));
        Assert.That(outcome.Evidence, Does.Not.ContainKey("headers_kept_back"));
    }

    [Test]
    public async Task They_do_not_come_back_with_the_way_back()
    {
        RawServer? server = null;
        await using var other = RawServer.AnsweringBy(_ => To(server!.Url + "end"));
        await using var first = server = RawServer.AnsweringBy(head => head.Contains(" /end ", StringComparison.Ordinal) ? Ok : To(other.Url));
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url) with { Headers = Secrets })).Verdict(), Is.EqualTo("Passed/None/"));
        Assert.That(server.Requests.Last(), Does.Not.Contain("canary"));
    }

    [TestCase(307)]
    [TestCase(308)]
    public async Task A_body_does_not_go_to_another_origin(int status)
    {
        await using var other = RawServer.Answering(Ok);
        await using var server = RawServer.Answering(To(other.Url, status));
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { Method = "POST", Body = "password=canary"u8.ToArray() });
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/bad_redirect"), outcome.Message);
        Assert.That(other.Connections, Is.Zero);
    }

    [Test]
    public async Task From_https_to_http_goes_nothing_and_it_is_told()
    {
        await using var other = RawServer.Answering(Ok);
        using var certificate = TestCertificates.Make("127.0.0.1", TimeSpan.FromDays(9));
        await using var server = TestCertificates.Serve(certificate, async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes(To(other.Url)), ct);
        });
        var spec = Probing.Http($"https://127.0.0.1:{server.Port}/") with { SkipCertificateCheck = true, Headers = Secrets };
        var outcome = await Probing.RunAsync(spec);
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(other.Requests.Single(), Does.Not.Contain("canary"));
        Assert.That(outcome.Evidence["insecure_redirect"], Is.EqualTo("from https to http"));
    }
}
