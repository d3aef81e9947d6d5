using CsCheck;

namespace Probes.Tests.Agent.Spool;

/// <summary>Random lives of a spool, with crashes between any two steps on the disk and amid any write, against what an orchestrator would have got.</summary>
public sealed class SpoolModelTests
{
    private static readonly Gen<(string Kind, int Value)[]> Lives = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const("append")), (4, Gen.Const("take")), (3, Gen.Const("confirm")), (2, Gen.Const("arrive")), (1, Gen.Const("refuse")), (2, Gen.Const("reopen")),
            (1, Gen.Const("kill")), (2, Gen.Const("crash")), (2, Gen.Const("maintain")), (1, Gen.Const("hours"))),
        Gen.Int[0, 60]).Array[1, 80];

    private static readonly Gen<(string Kind, int Value)[]> Troubled = Gen.Select(
        Gen.Frequency(
            (6, Gen.Const("append")), (4, Gen.Const("take")), (3, Gen.Const("confirm")), (2, Gen.Const("arrive")), (1, Gen.Const("refuse")), (1, Gen.Const("reopen")),
            (1, Gen.Const("crash")), (2, Gen.Const("maintain")), (1, Gen.Const("hours")), (2, Gen.Const("fail")), (2, Gen.Const("work"))),
        Gen.Int[0, 60]).Array[1, 80];

    [Test]
    public void Whatever_crashes_each_result_arrives_once_or_is_told_as_given_up_once() => Lives.Sample(life => Live(life), iter: 300, threads: 1);

    [Test]
    public void On_a_disk_that_fails_now_and_then_too() => Troubled.Sample(life => Live(life), iter: 300, threads: 1);

    [Test]
    public void With_a_bit_flipped_anywhere_what_is_lost_is_told_and_the_rest_arrives() =>
        Gen.Select(Lives, Gen.Int[0, 1000], Gen.Double[0, 0.999]).Sample((life, file, where) => Live(life, (file, where)), iter: 300, threads: 1);

    private static void Live((string Kind, int Value)[] life, (int File, double Where)? flip = null)
    {
        using var world = new SpoolWorld();
        foreach (var (kind, value) in life)
        {
            world.Step(kind, value);
        }

        if (flip is { } f)
        {
            world.Flip(f.File, f.Where);
        }

        world.Settle();
        world.Check();
    }
}
