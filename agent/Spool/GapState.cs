using System.Text;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Results;

namespace Probes.Agent.Spool;

/// <summary>
/// What was given up, at one moment: sums that wait for a sequence, items that have theirs and wait for their confirm, and the sequences they stand for, which
/// nothing may deliver or count again while they can still be found on disk. It is written whole.
/// </summary>
internal sealed class GapState
{
    /// <summary>Sums kept apart by check; more are told without their check's name.</summary>
    public const int MostSums = 10_000;

    private const byte Format = 1;

    /// <summary>Epoch of the items' sequences.</summary>
    public required long Epoch { get; init; }

    public long NextSequence { get; private set; } = 1;

    public Dictionary<(string Check, GapReason Reason), GapSum> Sums { get; private init; } = [];

    /// <summary>Ranges of items that may have been sent, by their first sequence; their content never changes.</summary>
    public List<(long Epoch, long First, IReadOnlyList<SpooledResult> Items)> Sealed { get; private init; } = [];

    public List<SequenceRange> ToldOf { get; private init; } = [];

    public GapState Copy() => new()
    {
        Epoch = Epoch,
        NextSequence = NextSequence,
        Sums = new(Sums),
        Sealed = [.. Sealed],
        ToldOf = [.. ToldOf],
    };

    /// <summary>Goes on under another epoch: sequences of the former may have been sent by a process that could not write that down.</summary>
    public GapState Under(long epoch) => new() { Epoch = epoch, Sums = Sums, Sealed = Sealed, ToldOf = ToldOf };

    public void Add(string check, GapReason reason, GapSum sum)
    {
        var key = Sums.Count >= MostSums && !Sums.ContainsKey((check, reason)) ? ("", reason) : (check, reason);
        Sums[key] = Sums.TryGetValue(key, out var before) ? before.With(sum) : sum;
    }

    /// <summary>Gives sums their sequences.</summary>
    public void Seal(int most)
    {
        var chosen = Sums.Take(most).ToList();
        var items = chosen.ConvertAll(s => new SpooledResult(s.Key.Check, Encode(s.Key.Check, s.Key.Reason, s.Value)));
        Sealed.Add((Epoch, NextSequence, items));
        NextSequence += items.Count;
        chosen.ForEach(s => Sums.Remove(s.Key));
    }

    public byte[] Write()
    {
        using var stream = new MemoryStream();
        using var to = new BinaryWriter(stream, Encoding.UTF8);
        to.Write(Format);
        to.Write(Epoch);
        to.Write(NextSequence);
        to.Write(Sums.Count);
        foreach (var ((check, reason), sum) in Sums)
        {
            to.Write(check);
            to.Write((byte)reason);
            to.Write(sum.Count);
            to.Write(WireTimes.Us(sum.Due.From));
            to.Write(WireTimes.Us(sum.Due.To));
        }

        to.Write(Sealed.Count);
        foreach (var (epoch, first, items) in Sealed)
        {
            to.Write(epoch);
            to.Write(first);
            to.Write(items.Count);
            foreach (var item in items)
            {
                to.Write(item.Check);
                to.Write(item.Result.Length);
                to.Write(item.Result.Span);
            }
        }

        to.Write(ToldOf.Count);
        foreach (var range in ToldOf)
        {
            to.Write(range.Epoch);
            to.Write(range.First);
            to.Write(range.End);
        }

        return stream.ToArray();
    }

    /// <summary>Null when the bytes are of another format.</summary>
    public static GapState? Read(byte[] bytes)
    {
        using var from = new BinaryReader(new MemoryStream(bytes), Encoding.UTF8);
        if (from.ReadByte() != Format)
        {
            return null;
        }

        var state = new GapState { Epoch = from.ReadInt64(), NextSequence = from.ReadInt64() };
        for (var left = from.ReadInt32(); left > 0; left--)
        {
            var key = (from.ReadString(), (GapReason)from.ReadByte());
            state.Sums[key] = new GapSum(from.ReadInt64(), new DueRange(Time(from.ReadInt64()), Time(from.ReadInt64())));
        }

        for (var left = from.ReadInt32(); left > 0; left--)
        {
            var (epoch, first) = (from.ReadInt64(), from.ReadInt64());
            var items = new SpooledResult[from.ReadInt32()];
            for (var i = 0; i < items.Length; i++)
            {
                items[i] = new SpooledResult(from.ReadString(), from.ReadBytes(from.ReadInt32()));
            }

            state.Sealed.Add((epoch, first, items));
        }

        for (var left = from.ReadInt32(); left > 0; left--)
        {
            state.ToldOf.Add(new SequenceRange(from.ReadInt64(), from.ReadInt64(), from.ReadInt64()));
        }

        return state;
    }

    private static DateTimeOffset Time(long us) => WireTimes.Time(us) ?? DateTimeOffset.UnixEpoch;

    private static byte[] Encode(string check, GapReason reason, GapSum sum) =>
        WireGaps.ToWire(new RunGap(check, reason, sum.Count, sum.Due.From, sum.Due.To), 0).ToByteArray();
}
