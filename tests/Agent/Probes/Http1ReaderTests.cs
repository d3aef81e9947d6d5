using System.Globalization;
using System.Text;
using CsCheck;
using Probes.Agent.Probes;
using Probes.Agent.Probes.Http;

namespace Probes.Tests.Agent.Probes;

public sealed class Http1ReaderTests
{
    private static readonly Gen<byte[]> Chunk = Gen.Byte.Array[1, 300];

    [Test]
    public void Chunks_come_together_however_they_arrive() =>
        Gen.Select(Chunk.Array[0, 20], Gen.Int[1, 50], Gen.Bool).Sample((chunks, piece, upper) =>
        {
            var sent = Framed(chunks, upper ? "X" : "x").ToArray();
            var seen = new Observation();
            Assert.That(Read(sent, piece, seen, 1 << 20), Is.True);
            Assert.That(seen.Body, Is.EqualTo(Encoding.UTF8.GetString([.. chunks.SelectMany(c => c)])));
        }, iter: 300);

    [Test]
    public void Chunks_that_are_cut_off_are_never_taken_for_whole() =>
        Gen.Select(Chunk.Array[1, 5], Gen.Int[1, 50], Gen.Double[0, 1]).Sample((chunks, piece, where) =>
        {
            var sent = Framed(chunks, "x").ToArray();
            Assert.That(Read(sent[..(int)(where * (sent.Length - 1))], piece, new Observation(), 1 << 20), Is.False);
        }, iter: 300);

    [Test]
    public void Random_bytes_end_as_an_answer_or_a_fault() =>
        Gen.Select(Gen.Byte.Array[0, 400], Gen.Int[1, 50]).Sample((bytes, piece) => Assert.That(() => Read(bytes, piece, new Observation(), 100), Throws.Nothing), iter: 1000);

    [Test]
    public void No_more_is_kept_than_the_cap() =>
        Gen.Select(Chunk.Array[1, 20], Gen.Int[1, 50], Gen.Int[0, 500]).Sample((chunks, piece, most) =>
        {
            var seen = new Observation();
            Read(Framed(chunks, "x").ToArray(), piece, seen, most);
            Assert.That(int.Parse(seen.Evidence["body_bytes"], CultureInfo.InvariantCulture), Is.EqualTo(Math.Min(most, chunks.Sum(c => c.Length))));
        }, iter: 300);

    private static IEnumerable<byte> Framed(byte[][] chunks, string format) =>
        chunks.SelectMany(c => (byte[])[.. Encoding.ASCII.GetBytes(c.Length.ToString(format, CultureInfo.InvariantCulture) + "\r\n"), .. c, .. "\r\n"u8])
            .Concat("0\r\n\r\n"u8.ToArray());

    private static bool Read(byte[] sent, int piece, Observation seen, long most)
    {
        using var reader = new Http1Reader(new PieceStream(sent, piece));
        using var sink = new BodySink(most, keep: true);
        try
        {
            // Memory is always there: the read is done when it returns.
            reader.ChunkedAsync(sink, CancellationToken.None).AsTask().GetAwaiter().GetResult();
            sink.Finish(seen);
            return true;
        }
        catch (ProbeFault)
        {
            return false;
        }
    }

    /// <summary>Gives at most so many bytes at a time.</summary>
    private sealed class PieceStream(byte[] bytes, int piece) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(piece, buffer.Length)], cancellationToken);
    }
}
