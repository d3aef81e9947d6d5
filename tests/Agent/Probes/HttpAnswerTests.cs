using System.Text;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

/// <summary>Answers at the edge of what RFC 9112 allows, and beyond it.</summary>
public sealed class HttpAnswerTests
{
    private static BodyAssertion BodyIs(string text) => new(new TextTest(TextOperator.Equals, text));

    [TestCase("HTTP/1.0 200\r\n\r\nhello")]
    [TestCase("HTTP/1.1 200 OK\r\nX: y\r\n\nhello")]
    [TestCase("HTTP/1.1 200 OK\n\nhello")]
    [TestCase("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")]
    public async Task Odd_but_readable_answers_are_read(string answer)
    {
        await using var server = RawServer.Answering(answer);
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: BodyIs("hello"));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
    }

    [Test]
    public async Task A_blank_line_within_the_body_does_not_end_the_head()
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\nContent-Length: 6\n\na\r\n\r\nb");
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: BodyIs("a\r\n\r\nb"));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
    }

    [TestCase("HTTP/1.1 abc OK\r\n\r\n")]
    [TestCase("HTTP/1.1 999 OK\r\n\r\n")]
    [TestCase("HTTP/2 200 OK\r\n\r\n")]
    [TestCase("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\nhello")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n")]
    public async Task Malformed_answers_are_the_targets_fault(string answer)
    {
        await using var server = RawServer.Answering(answer);
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url))).Verdict(), Is.EqualTo("Failed/Target/bad_response"));
    }

    [TestCase("HTTP/1.1 200")]
    [TestCase("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")]
    public async Task Answers_that_are_cut_off_are_not_taken_for_whole(string answer)
    {
        await using var server = RawServer.Answering(answer);
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url))).Verdict(), Is.EqualTo("Failed/Target/connection_closed"));
    }

    [TestCase("HEAD", "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n")]
    [TestCase("GET", "HTTP/1.1 204 No Content\r\nContent-Length: 500\r\n\r\n")]
    [TestCase("GET", "HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n")]
    public async Task No_body_is_awaited_where_there_is_none(string method, string answer)
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), ct);
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct);
        });
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url) with { Method = method }, assertions: BodyIs(""))).Verdict(), Is.EqualTo("Passed/None/"));
    }

    [TestCase(5, false)]
    [TestCase(4, true)]
    [TestCase(0, true)]
    public async Task Only_what_is_beyond_the_cap_is_cut(int cap, bool truncated)
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { MaxBodyBytes = cap }, assertions: BodyIs("hello"[..cap]));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Evidence.ContainsKey("body_truncated"), Is.EqualTo(truncated));
    }

    [Test]
    public async Task Interim_answers_for_ever_time_out()
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            while (true)
            {
                await stream.WriteAsync("HTTP/1.1 102 Processing\r\n\r\n"u8.ToArray(), ct);

                // A target elsewhere takes no thread of the agent's pool.
                await Task.Yield();
            }
        });
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url), TimeSpan.FromMilliseconds(400))).Verdict(), Is.EqualTo("TimedOut/Target/transfer_timeout"));
    }

    [Test]
    public async Task A_target_that_never_reads_times_out_in_sending()
    {
        await using var server = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
        var spec = Probing.Http(server.Url) with { Method = "POST", Body = new byte[32 << 20] };
        Assert.That((await Probing.RunAsync(spec, TimeSpan.FromMilliseconds(600))).Verdict(), Is.EqualTo("TimedOut/Target/send_timeout"));
    }

    [Test]
    public async Task Waiting_and_transfer_are_told_apart()
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await Task.Delay(TimeSpan.FromMilliseconds(120), TimeProvider.System, ct);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe"u8.ToArray(), ct);
            await Task.Delay(TimeSpan.FromMilliseconds(80), TimeProvider.System, ct);
            await stream.WriteAsync("llo"u8.ToArray(), ct);
        });
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: BodyIs("hello"));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Phases.Wait, Is.GreaterThan(TimeSpan.FromMilliseconds(110)));
        Assert.That(outcome.Phases.Transfer, Is.GreaterThan(TimeSpan.FromMilliseconds(70)).And.LessThan(outcome.Phases.Wait));
    }

    [Test]
    public async Task What_a_target_sends_is_made_safe_to_store()
    {
        var body = new string('x', 254) + "\U0001F600\U0001F600\0";
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync(Encoding.UTF8.GetBytes($"HTTP/1.1 200 OK\r\nServer: a\0b\r\n\r\n{body}"), ct);
        });
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: BodyIs("no"));
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/assertion_failed"));
        Assert.That(outcome.Assertions.Single().Actual, Has.Length.LessThanOrEqualTo(256));
        var strict = new UTF8Encoding(false, throwOnInvalidBytes: true);
        Assert.That(outcome.Evidence.Values.Append(outcome.Message).Append(outcome.Assertions.Single().Actual),
            Has.All.Matches<string>(t => strict.GetByteCount(t) > 0 && !t.Contains('\0', StringComparison.Ordinal)));
    }

    [Test]
    public void A_stop_ends_a_run_that_has_time_left()
    {
        using var stopping = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        Assert.That(
            async () =>
            {
                await using var server = new RawServer((_, ct) => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, ct));
                var catalog = Probing.Catalog();
                await catalog.Find("http")!.RunAsync(new Check { Name = "test", Probe = Probing.Http(server.Url) }, CancellationToken.None, stopping.Token)
                    .AsTask().WaitAsync(TimeSpan.FromSeconds(5));
            },
            Throws.InstanceOf<OperationCanceledException>());
    }
}
