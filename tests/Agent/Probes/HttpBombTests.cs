using System.IO.Compression;
using System.Text;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Probes;

/// <summary>Answers that are larger than they look, or that do not end.</summary>
public sealed class HttpBombTests
{
    private static readonly BodyAssertion Any = new(new TextTest(TextOperator.NotContains, "x"));

    private static byte[] Compress(string coding, byte[] text)
    {
        using var bytes = new MemoryStream();
        using (Stream stream = coding switch
        {
            "gzip" => new GZipStream(bytes, CompressionLevel.SmallestSize),
            "br" => new BrotliStream(bytes, CompressionLevel.SmallestSize),
            "deflate" => new ZLibStream(bytes, CompressionLevel.SmallestSize),
            _ => new DeflateStream(bytes, CompressionLevel.SmallestSize),
        })
        {
            stream.Write(text);
        }

        return bytes.ToArray();
    }

    private static RawServer Serving(string coding, byte[] body) => new(async (stream, ct) =>
    {
        await RawServer.ReadHeadAsync(stream, ct);
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: {body.Length}\r\n\r\n"), ct);
        await stream.WriteAsync(body, ct);
    });

    [TestCase("gzip", "gzip")]
    [TestCase("br", "br")]
    [TestCase("deflate", "deflate")]
    [TestCase("bare deflate", "deflate")]
    public async Task Assertions_see_the_text_of_a_compressed_answer(string form, string coding)
    {
        await using var server = Serving(coding, Compress(form, "hello hello hello"u8.ToArray()));
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: new BodyAssertion(new TextTest(TextOperator.Equals, "hello hello hello")));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
    }

    [TestCase("gzip")]
    [TestCase("br")]
    [TestCase("deflate")]
    public async Task A_bomb_goes_off_small(string coding)
    {
        // 64 MiB of zeros in about 64 KiB, or 60 bytes; the default bound is 1 MiB.
        var bomb = Compress(coding, new byte[64 << 20]);
        await using var server = Serving(coding, bomb);
        var before = GC.GetTotalAllocatedBytes();
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { MaxBodyBytes = 16 << 20 }, assertions: Any);
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/bad_response"), outcome.Message);
        Assert.That(outcome.Message, Does.Contain("100 times"));
        Assert.That(GC.GetTotalAllocatedBytes() - before, Is.LessThan(48 << 20));
    }

    [Test]
    public async Task What_is_beyond_the_cap_is_cut_after_decompression_too()
    {
        var text = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 40_000).Select(i => $"{i},")));
        await using var server = Serving("gzip", Compress("gzip", text));
        var outcome = await Probing.RunAsync(Probing.Http(server.Url) with { MaxBodyBytes = 200_000 }, assertions: new BodyAssertion(new TextTest(TextOperator.NotContains, ",39999,")));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
        Assert.That(outcome.Evidence["body_truncated"], Is.EqualTo("true"));
    }

    [Test]
    public async Task What_is_not_what_it_says_is_the_targets_fault()
    {
        await using var server = Serving("gzip", "hello"u8.ToArray());
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url), assertions: Any)).Verdict(), Is.EqualTo("Failed/Target/bad_response"));
        Assert.That((await Probing.RunAsync(Probing.Http(server.Url))).Verdict(), Is.EqualTo("Passed/None/"), "nobody asked for its text");
    }

    [TestCase("zstd")]
    [TestCase("gzip, gzip")]
    public async Task Other_codings_are_left_as_they_are(string coding)
    {
        await using var server = Serving(coding, "hello"u8.ToArray());
        var outcome = await Probing.RunAsync(Probing.Http(server.Url), assertions: new BodyAssertion(new TextTest(TextOperator.Equals, "hello")));
        Assert.That(outcome.Verdict(), Is.EqualTo("Passed/None/"), outcome.Message);
    }

    [TestCase("X: y\r\n", "more than 256 headers")]
    [TestCase("X: 0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789\r\n", "larger than")]
    public async Task A_flood_of_headers_ends_the_run(string line, string why)
    {
        await using var server = new RawServer(async (stream, ct) =>
        {
            await RawServer.ReadHeadAsync(stream, ct);
            await stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray(), ct);
            var block = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat(line, 300)));
            if (why.Contains("more", StringComparison.Ordinal))
            {
                await stream.WriteAsync((byte[])[.. block, .. "\r\n"u8], ct);
                return;
            }

            while (true)
            {
                await stream.WriteAsync(block, ct);
            }
        });
        var outcome = await Probing.RunAsync(Probing.Http(server.Url));
        Assert.That(outcome.Verdict(), Is.EqualTo("Failed/Target/bad_response"), outcome.Message);
        Assert.That(outcome.Message, Does.Contain(why));
    }
}
