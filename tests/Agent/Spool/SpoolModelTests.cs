using CsCheck;
using Probes.Agent.Spool;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Spool;

/// <summary>Random lives of a spool against a model: what was appended, what was confirmed, what came out.</summary>
public sealed class SpoolModelTests
{
    private static readonly Gen<(string Kind, int Value)[]> Lives = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const("append")), (4, Gen.Const("take")), (4, Gen.Const("confirm")), (2, Gen.Const("reopen")),
            (1, Gen.Const("crash")), (1, Gen.Const("maintain"))),
        Gen.Int[0, 40]).Array[1, 60];

    [Test]
    public void Whatever_happens_each_result_is_confirmed_or_delivered_again_under_the_same_identity() =>
        Lives.Sample(life => Live(life, damage: null), iter: 60, threads: 1);

    [Test]
    public void With_a_torn_tail_or_a_flipped_bit_the_lost_are_counted_and_the_rest_delivered() =>
        Gen.Select(Lives, Gen.Double[0, 0.999], Gen.Bool).Sample((life, where, torn) => Live(life, (where, torn)), iter: 60, threads: 1);

    private static void Live((string Kind, int Value)[] life, (double Where, bool Torn)? damage)
    {
        using var folder = new SpoolFolder();
        folder.Options.MaxBytes = 256 * 1024;
        var spool = folder.Open();
        var taken = new List<SpoolBatch>();
        var confirmed = new HashSet<int>();
        var identities = new Dictionary<(long, long), int>();
        var appended = 0;
        foreach (var (kind, value) in life)
        {
            switch (kind)
            {
                case "append":
                    for (var i = 0; i < value; i++)
                    {
                        spool.Append(Results.Passed(appended++));
                    }

                    spool.Flush();
                    break;
                case "take" when spool.TryNext(partial: value % 2 == 0) is { } batch:
                    Know(identities, batch);
                    taken.Add(batch);
                    break;
                case "confirm" when taken.Count > 0:
                    var chosen = taken[value % taken.Count];
                    taken.Remove(chosen);
                    spool.Confirm(chosen);
                    confirmed.UnionWith(SpoolFolder.Numbers(chosen));
                    break;
                case "reopen" or "crash":
                    // After a crash the cursor is as old as its last save.
                    var cursor = Path.Combine(folder.Path, "cursor");
                    var saved = File.Exists(cursor) ? File.ReadAllBytes(cursor) : null;
                    spool.Dispose();
                    if (kind == "crash" && saved is not null)
                    {
                        File.WriteAllBytes(cursor, saved);
                    }

                    taken.Clear();
                    spool = folder.Open();
                    break;
                case "maintain":
                    spool.Maintain();
                    break;
            }
        }

        spool.Dispose();
        var damaged = damage is { } d && folder.Segments.Length > 0;
        if (damaged)
        {
            Damage(folder.Segments[^1], damage!.Value);
        }

        using var last = folder.Open();
        var left = SpoolFolder.TakeAll(last);
        left.ForEach(b => Know(identities, b));
        var seen = SpoolFolder.Numbers(left).ToHashSet();
        var missing = Enumerable.Range(0, appended).Where(i => !seen.Contains(i) && !confirmed.Contains(i)).ToList();
        Assert.That(missing, damaged ? Has.Count.LessThanOrEqualTo(last.Dropped + last.Quarantined) : Is.Empty);
        Assert.That(last.Depth, Is.EqualTo(left.Sum(b => b.Count)));
        left.ForEach(last.Confirm);
        Assert.That(last.Depth, Is.Zero);
    }

    // A sequence of an epoch never means another result than it meant before.
    private static void Know(Dictionary<(long, long), int> identities, SpoolBatch batch)
    {
        var numbers = SpoolFolder.Numbers(batch);
        for (var i = 0; i < numbers.Length; i++)
        {
            var identity = (batch.Epoch, batch.First + i);
            identities.TryAdd(identity, numbers[i]);
            Assert.That(identities[identity], Is.EqualTo(numbers[i]));
        }
    }

    private static void Damage(string path, (double Where, bool Torn) damage)
    {
        if (!damage.Torn)
        {
            DiskSpoolTests.Flip(path, damage.Where);
            return;
        }

        using var file = File.OpenWrite(path);
        file.SetLength(Math.Max(SegmentHeader.Size, file.Length - 7));
    }
}
