using System.Net;
using System.Text;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

public sealed class HttpProbeTests
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nServer: test\r\n\r\nok";

    [Test]
    public async Task A_good_answer_passes_with_its_phases_and_address()
    {
        await using var server = RawServer.Answering(Ok);
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: new StatusAssertion([new StatusRange(200, 200)]));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Address, Is.EqualTo($"127.0.0.1:{server.Port}"));
        Assert.That(outcome.Phases.Dns, Is.Null, "a literal address needs no query");
        Assert.That(new[] { outcome.Phases.Connect, outcome.Phases.Send, outcome.Phases.Wait, outcome.Phases.Transfer }, Has.None.Null);
        Assert.That(outcome.Evidence["server"], Is.EqualTo("test"));
    }

    [Test]
    public async Task A_name_is_resolved_by_the_chosen_server_and_timed()
    {
        await using var server = RawServer.Answering(Ok);
        await using var dns = FakeDns.Of(IPAddress.Loopback);
        var outcome = await Probing.RunAsync(Probing.Http($"http://shop.test:{server.Port}/"), resolver: new IPEndPoint(IPAddress.Loopback, dns.Port));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Phases.Dns, Is.GreaterThan(TimeSpan.Zero));
    }

    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: 1\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\n\r\nabcde")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabcde")]
    [TestCase("HTTP/1.0 200 OK\nContent-Length: 5\n\nabcde")]
    public async Task Every_framing_of_a_body_is_read(string answer)
    {
        await using var server = RawServer.Answering(answer);
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: new BodyAssertion(new TextTest(TextOperator.Equals, "abcde")));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
    }

    [TestCase("HTTP/1.1 500 Oops\r\nContent-Length: 0\r\n\r\n", "Failed/Target/bad_status")]
    [TestCase("SSH-2.0-OpenSSH\r\n\r\n", "Failed/Target/bad_response")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "Failed/Target/bad_response")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "Failed/Target/bad_response")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n", "Failed/Target/bad_response")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", "Failed/Target/connection_closed")]
    [TestCase("HTTP/1.1 200 OK\r\nno colon here\r\n\r\n", "Failed/Target/bad_response")]
    [TestCase("", "Failed/Target/connection_closed")]
    [TestCase("HTTP/1.1 302 Found\r\nLocation: ftp://192.0.2.1/\r\n\r\n", "Failed/Target/bad_redirect")]
    public async Task A_bad_answer_is_the_targets_fault(string answer, string verdict)
    {
        await using var server = RawServer.Answering(answer);
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url))).Verdict(), Is.EqualTo(verdict));
    }

    [Test]
    public async Task A_target_that_never_answers_times_out_waiting()
    {
        await using var server = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), TimeSpan.FromMilliseconds(300));
        Assert.That(outcome.Verdict(), Is.EqualTo("TimedOut/Target/wait_timeout"));
        Assert.That(outcome.Phases.Wait, Is.GreaterThan(TimeSpan.FromMilliseconds(150)), "the time went into waiting, and the result says so");
    }

    [TestCase("", "TimedOut/Target/transfer_timeout")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "TimedOut/Target/transfer_timeout")]
    public async Task A_target_that_drips_a_byte_at_a_time_times_out_in_transfer(string first, string verdict)
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(first), ct);
            while (true)
            {
                await stream.WriteAsync("H"u8.ToArray(), ct);
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, ct);
            }
        });
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url), TimeSpan.FromMilliseconds(500))).Verdict(), Is.EqualTo(verdict));
    }

    [Test]
    public async Task A_body_without_end_is_read_to_its_bound_only()
    {
        long sent = 0;
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n"), ct);
            var block = new byte[64 * 1024];
            while (true)
            {
                await stream.WriteAsync(block, ct);
                Interlocked.Add(ref sent, block.Length);
            }
        });
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { MaxBodyBytes = 1 << 20 });
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Evidence["body_truncated"], Is.EqualTo("true"));
        Assert.That(Interlocked.Read(ref sent), Is.LessThan(32 << 20));
    }

    [Test]
    public async Task Headers_without_end_are_refused()
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\n"), ct);
            while (true)
            {
                await stream.WriteAsync(Encoding.ASCII.GetBytes($"X-Filler: {new string('a', 4000)}\r\n"), ct);
            }
        });
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url))).Verdict(), Is.EqualTo("Failed/Target/bad_response"));
    }

    [Test]
    public async Task Redirects_are_followed_one_by_one_up_to_the_limit()
    {
        await using var server = RawServer.Answering("HTTP/1.1 302 Found\r\nLocation: /again\r\nContent-Length: 0\r\n\r\n");
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { MaxRedirects = 3 });
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/too_many_redirects"));
        Assert.That(server.Connections, Is.EqualTo(4));
        Assert.That(outcome.Evidence.Keys, Is.SupersetOf(new[] { "hop1", "hop2", "hop3" }));
    }

    [Test]
    public async Task A_redirect_is_the_answer_when_none_may_be_followed()
    {
        await using var server = RawServer.Answering("HTTP/1.1 301 Moved\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n");
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { MaxRedirects = 0 }, assertions: new StatusAssertion([new StatusRange(301, 301)]));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"));
    }

    [Test]
    public async Task A_post_sends_its_body_and_headers()
    {
        var head = "";
        var body = new byte[7];
        await using var server = new RawServer(async (stream, ct) =>
        {
            head = await RawServer.ReadHeadAsync(stream, ct);
            await stream.ReadExactlyAsync(body, ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(Ok), ct);
        });
        var spec = Probing.Http(server.Url + "cart?a=1") with { Method = "POST", Body = "{\"a\":1}"u8.ToArray() };
        Assert.That((await Probing.RunAsync(spec)).Status, Is.EqualTo(RunStatus.Passed));
        Assert.That(head, Does.StartWith("POST /cart?a=1 HTTP/1.1\r\n").And.Contain($"Host: 127.0.0.1:{server.Port}\r\n").And.Contain("Content-Length: 7\r\n"));
        Assert.That(Encoding.ASCII.GetString(body), Is.EqualTo("{\"a\":1}"));
    }

    [Test]
    public async Task A_closed_port_refuses() =>
        Assert.That((await Probing.RunAsync(Probing.Http($"http://127.0.0.1:{FreePort.Next()}/"))).Verdict(), Is.EqualTo("Failed/Target/connect_refused"));

    [Test]
    public async Task A_name_that_does_not_resolve_is_the_fault_of_dns()
    {
        await using var dns = new FakeDns((_, _) => new FakeDns.Reply(3));
        var outcome = await Probing.RunAsync(Probing.Http("http://nowhere.test/"), resolver: new IPEndPoint(IPAddress.Loopback, dns.Port));
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Dns/nxdomain"));
    }

    [Test]
    public async Task A_resolver_that_stays_silent_times_out_in_dns()
    {
        await using var dns = new FakeDns((_, _) => null);
        var outcome = await Probing.RunAsync(Probing.Http("http://slow.test/"), TimeSpan.FromMilliseconds(400), new IPEndPoint(IPAddress.Loopback, dns.Port));
        Assert.That(outcome.Verdict(), Is.EqualTo("TimedOut/Dns/dns_timeout"));
    }

    [Test]
    public void Shutting_down_is_not_a_time_out()
    {
        using var stopping = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.That(
            async () =>
            {
                await using var server = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
                var catalog = Probing.Catalog();
                await catalog.Find("http")!.RunAsync(new Check { Name = "test", Probe = Probing.Http(server.Url) }, stopping.Token, stopping.Token);
            },
            Throws.InstanceOf<OperationCanceledException>());
    }
}
