using Google.Protobuf;
using Probes.Agent.Spool;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Publish;

/// <summary>Makes the bytes of a wire batch out of spooled results, without parsing them again.</summary>
internal static class BatchWriter
{
    private static readonly uint ResultsTag = WireFormat.MakeTag(Wire.ResultBatch.ResultsFieldNumber, WireFormat.WireType.LengthDelimited);
    private static readonly uint IndexTag = WireFormat.MakeTag(Wire.Result.CheckIndexFieldNumber, WireFormat.WireType.Varint);

    public static byte[] Write(SpoolBatch batch, string agentId, string engineVersion)
    {
        var head = new Wire.ResultBatch { AgentId = agentId, Epoch = batch.Epoch, FirstSequence = batch.First, EngineVersion = engineVersion };
        var indexes = new Dictionary<string, int>(StringComparer.Ordinal);
        var size = 0;
        foreach (var item in batch.Items)
        {
            if (indexes.TryAdd(item.Check, indexes.Count))
            {
                head.Checks.Add(item.Check);
            }

            var length = ResultSize(item, indexes[item.Check]);
            size += CodedOutputStream.ComputeUInt32Size(ResultsTag) + CodedOutputStream.ComputeLengthSize(length) + length;
        }

        // Fields of a message may come in any order and messages may be concatenated (protobuf encoding, "last one wins" and "merge"):
        // so the head goes first, the results follow, and each result gets its check's index appended.
        var bytes = new byte[head.CalculateSize() + size];
        head.WriteTo(bytes.AsSpan(0, bytes.Length - size));
        var at = bytes.Length - size;
        foreach (var item in batch.Items)
        {
            var index = indexes[item.Check];
            at = Varint(bytes, at, ResultsTag);
            at = Varint(bytes, at, (uint)ResultSize(item, index));
            item.Result.Span.CopyTo(bytes.AsSpan(at));
            at += item.Result.Length;
            if (index > 0)
            {
                at = Varint(bytes, at, IndexTag);
                at = Varint(bytes, at, (uint)index);
            }
        }

        return bytes;
    }

    private static int Varint(byte[] bytes, int at, uint value)
    {
        while (value >= 0x80)
        {
            bytes[at++] = (byte)(value | 0x80);
            value >>= 7;
        }

        bytes[at++] = (byte)value;
        return at;
    }

    private static int ResultSize(SpooledResult item, int index) =>
        item.Result.Length + (index > 0 ? CodedOutputStream.ComputeUInt32Size(IndexTag) + CodedOutputStream.ComputeUInt32Size((uint)index) : 0);
}
