using Probes.Agent.Spool;
using Probes.Contracts.Results;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Spool;

/// <summary>Whatever is given up is told, once, by check and reason.</summary>
public sealed class SpoolGapTests
{
    private SpoolFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new SpoolFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void What_a_full_spool_drops_is_told_by_check_with_count_and_due_times()
    {
        _folder.Options.MaxBytes = 64 * 1024;
        using var spool = _folder.Open();
        Append(spool, 0, 2000);
        var gaps = new List<RunGap>();
        var left = SpoolFolder.Numbers(SpoolFolder.TakeAll(spool, gaps));
        var dropped = 2000 - left.Length;
        Assert.That(dropped, Is.Positive.And.EqualTo(spool.Dropped));
        Assert.That(gaps.Select(g => g.Reason), Is.All.EqualTo(GapReason.SpoolFull));
        Assert.That(gaps.GroupBy(g => g.Check).ToDictionary(g => g.Key, g => g.Sum(x => x.Count)),
            Is.EquivalentTo(new Dictionary<string, long> { ["api"] = dropped / 2, ["shop"] = dropped - (dropped / 2) }));
        Assert.That(gaps.Min(g => g.From), Is.EqualTo(Results.Now));
        Assert.That(gaps.Max(g => g.To), Is.EqualTo(Results.Now.AddSeconds(dropped - 1)));
    }

    [Test]
    public void Gaps_are_told_while_the_spool_stays_full_and_their_number_stays_bounded()
    {
        _folder.Options.MaxBytes = 64 * 1024;
        using var spool = _folder.Open();
        var told = 0L;
        for (var i = 0; i < 20; i++)
        {
            Append(spool, i * 500, 500);
            if (i % 2 == 1 && spool.TryNext(partial: false) is { } batch && SpoolFolder.Gaps(batch) is { Count: > 0 } gaps)
            {
                Assert.That(gaps, Has.Count.LessThanOrEqualTo(2));
                told += gaps.Sum(g => g.Count);
                spool.Confirm(batch);
            }
        }

        Assert.That(told, Is.GreaterThan(5000));
        var last = new List<RunGap>();
        var left = SpoolFolder.TakeAll(spool, last).Sum(b => b.Count);
        Assert.That(told + last.Sum(g => g.Count) + left, Is.EqualTo(10_000));
    }

    [Test]
    public void A_gap_that_was_sent_comes_again_after_a_crash_under_the_same_sequences()
    {
        _folder.Options.MaxBytes = 64 * 1024;
        var crash = new FaultyDisk();
        var spool = _folder.Open(crash);
        Append(spool, 0, 2000);
        var sent = spool.TryNext(partial: true)!;
        Assert.That(SpoolFolder.Gaps(sent), Is.Not.Empty);
        crash.Crash();
        spool.Dispose();

        using var again = _folder.Open();
        var repeated = again.TryNext(partial: true)!;
        Assert.That((repeated.Epoch, repeated.First), Is.EqualTo((sent.Epoch, sent.First)));
        Assert.That(SpoolFolder.Gaps(repeated), Is.EqualTo(SpoolFolder.Gaps(sent)));
    }

    [Test]
    public void What_is_too_old_cannot_be_read_or_is_refused_is_told_with_its_reason()
    {
        using (var spool = _folder.Open())
        {
            Append(spool, 0, 9);
        }

        DiskSpoolTests.Flip(_folder.Segments[0], 0.5);
        using var again = _folder.Open();
        var gaps = new List<RunGap>();
        var left = SpoolFolder.TakeAll(again, gaps);
        left.ForEach(again.Confirm);
        Append(again, 100, 4);
        SpoolFolder.TakeAll(again, gaps).ForEach(again.Quarantine);
        Append(again, 200, 6);
        _folder.Time.Advance(TimeSpan.FromHours(30));
        again.Maintain();
        SpoolFolder.TakeAll(again, gaps);
        Assert.That(gaps.Select(g => (g.Check, g.Reason, g.Count)), Is.EquivalentTo(new[]
        {
            ("", GapReason.Corrupt, 1L), ("shop", GapReason.Refused, 2L), ("api", GapReason.Refused, 2L), ("shop", GapReason.Expired, 3L), ("api", GapReason.Expired, 3L),
        }));
        Assert.That(again.IsEmpty);
    }

    [Test]
    public void What_was_sent_and_not_confirmed_is_never_given_up_though_a_crash_comes_between()
    {
        var spool = _folder.Open();
        Append(spool, 0, 15);
        var sent = spool.TryNext(partial: false)!;
        spool.Dispose();
        using var again = _folder.Open();
        _folder.Time.Advance(TimeSpan.FromHours(30));
        again.Maintain();
        var gaps = new List<RunGap>();
        var left = SpoolFolder.TakeAll(again, gaps);
        Assert.That(left.Select(b => (b.Epoch, b.First, b.Count)), Is.EqualTo(new[] { (sent.Epoch, sent.First, 10) }));
        Assert.That(gaps.Sum(g => g.Count), Is.EqualTo(5));
    }

    [Test]
    public void On_a_disk_that_turns_read_only_nothing_goes_without_a_word_and_what_was_spooled_before_arrives()
    {
        var disk = new FaultyDisk();
        using var spool = _folder.Open(disk);
        Append(spool, 0, 40);
        spool.Flush();
        disk.Fault = _ => 0;
        Append(spool, 40, 60);
        spool.Flush();
        spool.Maintain();
        disk.Fault = _ => null;
        Append(spool, 100, 20);
        var gaps = new List<RunGap>();
        var left = SpoolFolder.Numbers(SpoolFolder.TakeAll(spool, gaps));
        Assert.That(left, Is.SupersetOf(Enumerable.Range(0, 40).Concat(Enumerable.Range(100, 20)).ToArray()));
        Assert.That(left, Is.Unique);
        Assert.That(left.Length + gaps.Sum(g => g.Count), Is.EqualTo(120));
        Assert.That(gaps.Select(g => g.Reason), Is.All.EqualTo(GapReason.Disk));
    }

    [Test]
    public void A_clock_that_leaps_expires_nothing_and_keeps_nothing_for_ever()
    {
        using (var spool = _folder.Open())
        {
            Append(spool, 0, 5);
            _folder.Time.Ahead = TimeSpan.FromDays(365);
            spool.Maintain();
            Assert.That((spool.Depth, spool.Dropped), Is.EqualTo((5L, 0L)), "a year ahead");
        }

        using (var again = _folder.Open())
        {
            Assert.That(again.Depth, Is.EqualTo(5));
            _folder.Time.Ahead = TimeSpan.FromDays(-365);
            again.Maintain();
            Assert.That(again.Depth, Is.EqualTo(5), "two years back");
        }

        using var last = _folder.Open();
        _folder.Time.Advance(TimeSpan.FromHours(30));
        last.Maintain();
        Assert.That((last.Depth, last.Dropped), Is.EqualTo((0L, 5L)), "and its day passes all the same");
    }

    private static void Append(DiskSpool spool, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            spool.Append(Results.Passed(i, i % 2 == 0 ? "shop" : "api", Results.Now.AddSeconds(i)));
            if (i % 10 == 9)
            {
                spool.Flush();
            }
        }

        spool.Flush();
    }
}
