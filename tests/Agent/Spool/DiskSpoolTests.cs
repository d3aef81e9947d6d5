using System.Diagnostics;
using Probes.Agent.Spool;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Spool;

public sealed class DiskSpoolTests
{
    private SpoolFolder _folder = null!;

    [SetUp]
    public void SetUp() => _folder = new SpoolFolder();

    [TearDown]
    public void TearDown() => _folder.Dispose();

    [Test]
    public void Batches_hold_consecutive_sequences_of_one_epoch()
    {
        using var spool = _folder.Open();
        Append(spool, 0, 25);
        var batches = SpoolFolder.TakeAll(spool);
        Assert.That(batches.Select(b => (b.Epoch, b.First, b.Count)), Is.EqualTo(new[] { (spool.Epoch, 1L, 10), (spool.Epoch, 11L, 10), (spool.Epoch, 21L, 5) }));
        Assert.That(SpoolFolder.Numbers(batches), Is.EqualTo(Enumerable.Range(0, 25)));
    }

    [Test]
    public async Task A_full_batch_comes_at_once_and_a_partial_one_after_the_delay()
    {
        using var spool = _folder.Open();
        Append(spool, 0, 13);
        spool.Flush();
        Assert.That((await spool.NextAsync(CancellationToken.None))?.Count, Is.EqualTo(10));
        var next = spool.NextAsync(CancellationToken.None).AsTask();
        Assert.That(next.IsCompleted, Is.False);

        // The timer is set a millisecond beyond the delay.
        _folder.Time.Advance(TimeSpan.FromSeconds(1) + TimeSpan.FromMilliseconds(2));
        Assert.That((await next.WaitAsync(TimeSpan.FromSeconds(10)))?.Count, Is.EqualTo(3));
    }

    [Test]
    public async Task What_must_not_wait_takes_what_waits_along_and_what_comes_after_waits_again()
    {
        using var spool = _folder.Open();
        Append(spool, 0, 2);
        spool.Flush();
        var next = spool.NextAsync(CancellationToken.None).AsTask();
        Append(spool, 2, 1);
        spool.Hurry();
        Assert.That(next.IsCompleted, Is.False, "it is not written yet");
        spool.Flush();
        Assert.That(SpoolFolder.Numbers((await next.WaitAsync(TimeSpan.FromSeconds(10)))!), Is.EqualTo(new[] { 0, 1, 2 }));

        Append(spool, 3, 1);
        spool.Flush();
        Assert.That(spool.TryNext(partial: false), Is.Null);
        spool.Hurry();
        spool.Flush();
        Assert.That(SpoolFolder.Numbers(spool.TryNext(partial: false)!), Is.EqualTo(new[] { 3 }), "though it was written before");
        spool.Hurry();
        spool.Flush();
        Append(spool, 4, 1);
        spool.Flush();
        Assert.That(spool.TryNext(partial: false), Is.Null, "there was nothing that had to hurry");
    }

    [Test]
    public void What_was_not_confirmed_comes_again_after_a_restart_with_the_same_identity()
    {
        long epoch;
        using (var spool = _folder.Open())
        {
            epoch = spool.Epoch;
            Append(spool, 0, 25);
            var batches = SpoolFolder.TakeAll(spool);
            spool.Confirm(batches[0]);
            spool.Confirm(batches[2]);
        }

        using var again = _folder.Open();
        Append(again, 25, 1);
        var left = SpoolFolder.TakeAll(again);
        Assert.That(again.Epoch, Is.Not.EqualTo(epoch));
        Assert.That(left.Select(b => (b.Epoch, b.First)), Is.EqualTo(new[] { (again.Epoch, 1L), (epoch, 11L), (epoch, 21L) }), "the newest first");
        Assert.That(SpoolFolder.Numbers(left).Order(), Is.EqualTo(Enumerable.Range(10, 16)));
        Assert.That(again.Depth, Is.EqualTo(16));
    }

    [Test]
    public void What_comes_after_an_outage_goes_before_what_waited_through_it()
    {
        using var spool = _folder.Open();
        Append(spool, 0, 100);
        spool.Flush();
        _folder.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.That(spool.TryNext(partial: false, backlog: false), Is.Null, "only backlog is there now");
        Append(spool, 100, 3);
        spool.Flush();
        var first = spool.TryNext(partial: false)!;
        Assert.That((first.Backlog, SpoolFolder.Numbers(first)[0]), Is.EqualTo((true, 0)), "the newest still gather their batch");
        _folder.Time.Advance(TimeSpan.FromSeconds(1) + TimeSpan.FromMilliseconds(2));
        var second = spool.TryNext(partial: false)!;
        Assert.That(SpoolFolder.Numbers(second), Is.EqualTo(new[] { 100, 101, 102 }), "and then go first");
        Assert.That(SpoolFolder.Numbers(SpoolFolder.TakeAll(spool)), Is.EqualTo(Enumerable.Range(10, 90)));
    }

    [Test]
    public void Confirmed_segments_go_from_the_disk()
    {
        using (var spool = _folder.Open())
        {
            Append(spool, 0, 5);
            SpoolFolder.TakeAll(spool).ForEach(spool.Confirm);
            Assert.That(spool.Depth, Is.Zero);
        }

        using var again = _folder.Open();
        Assert.That(SpoolFolder.TakeAll(again), Is.Empty);
        Assert.That(_folder.Segments, Is.Empty);
    }

    [Test]
    public void A_second_process_on_the_same_spool_is_told_so()
    {
        using var spool = _folder.Open();
        Assert.That(() => _folder.Open(), Throws.InstanceOf<IOException>().With.Message.Contains("used by another process"));
    }

    [Test]
    public void A_full_spool_drops_its_oldest_and_counts_them()
    {
        _folder.Options.MaxBytes = 64 * 1024;
        using var spool = _folder.Open();
        for (var i = 0; i < 2000; i += 10)
        {
            Append(spool, i, 10);
            spool.Flush();
        }

        var left = SpoolFolder.Numbers(SpoolFolder.TakeAll(spool));
        Assert.That(spool.Dropped, Is.Positive);
        Assert.That(left.Order(), Is.EqualTo(Enumerable.Range((int)spool.Dropped, 2000 - (int)spool.Dropped)));
        Assert.That(_folder.Segments.Sum(f => new FileInfo(f).Length), Is.LessThan(70 * 1024));
    }

    [Test]
    public void Results_older_than_the_limit_are_dropped_and_young_ones_kept()
    {
        using var spool = _folder.Open();
        Append(spool, 0, 5);
        spool.Flush();
        _folder.Time.Advance(TimeSpan.FromHours(20));
        Append(spool, 5, 5);
        spool.Flush();
        _folder.Time.Advance(TimeSpan.FromHours(6));
        spool.Maintain();
        Assert.That(spool.Dropped, Is.EqualTo(5));
        Assert.That(SpoolFolder.Numbers(SpoolFolder.TakeAll(spool)), Is.EqualTo(Enumerable.Range(5, 5)));
    }

    [Test]
    public void A_damaged_result_is_counted_the_rest_delivered_and_the_file_kept_aside()
    {
        using (var spool = _folder.Open())
        {
            Append(spool, 0, 9);
        }

        Flip(_folder.Segments[0], 0.5);
        using var again = _folder.Open();
        var left = SpoolFolder.TakeAll(again);
        Assert.That(again.Quarantined, Is.EqualTo(1));
        Assert.That(SpoolFolder.Numbers(left), Has.Length.EqualTo(8).And.Ordered);
        left.ForEach(again.Confirm);
        Assert.That(again.Depth, Is.Zero);
        Assert.That(_folder.Quarantined, Has.Length.EqualTo(1));
        Assert.That(_folder.Segments, Is.Empty);
    }

    [Test]
    public void A_damaged_header_loses_no_result()
    {
        using (var spool = _folder.Open())
        {
            Append(spool, 0, 9);
        }

        Flip(_folder.Segments[0], 0);
        using var again = _folder.Open();
        Assert.That(SpoolFolder.Numbers(SpoolFolder.TakeAll(again)), Is.EqualTo(Enumerable.Range(0, 9)));
    }

    [Test]
    public void A_torn_tail_is_cut_off_and_what_came_before_it_delivered()
    {
        using (var spool = _folder.Open())
        {
            Append(spool, 0, 9);
        }

        using (var file = File.OpenWrite(_folder.Segments[0]))
        {
            file.SetLength(file.Length - 3);
        }

        using var again = _folder.Open();
        Assert.That(SpoolFolder.Numbers(SpoolFolder.TakeAll(again)), Is.EqualTo(Enumerable.Range(0, 8)));
        Assert.That(again.Quarantined, Is.EqualTo(1));
    }

    [Test]
    public void A_refused_batch_is_kept_aside_and_counted()
    {
        using var spool = _folder.Open();
        Append(spool, 0, 5);
        SpoolFolder.TakeAll(spool).ForEach(spool.Quarantine);
        Assert.That((spool.Quarantined, spool.Depth), Is.EqualTo((5L, 0L)));
        Assert.That(_folder.Quarantined, Has.Length.EqualTo(1));
    }

    [Test]
    public void Appending_costs_less_than_10_microseconds()
    {
        _folder.Options.MaxBytes = 256 * 1024 * 1024;
        using var spool = _folder.Open();
        var result = Results.Passed(1);
        var best = TimeSpan.MaxValue;
        for (var round = 0; round < 5; round++)
        {
            var clock = Stopwatch.StartNew();
            for (var i = 0; i < 5000; i++)
            {
                spool.Append(result);
            }

            best = TimeSpan.FromTicks(Math.Min(best.Ticks, clock.Elapsed.Ticks / 5000));
            spool.Flush();
        }

        TestContext.Out.WriteLine($"{best.TotalMicroseconds:0.0} us per append");
        Assert.That(best.TotalMicroseconds, Is.LessThan(10));
    }

    internal static void Flip(string path, double where)
    {
        var bytes = File.ReadAllBytes(path);
        bytes[(int)(bytes.Length * where)] ^= 0x10;
        File.WriteAllBytes(path, bytes);
    }

    private static void Append(DiskSpool spool, int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            spool.Append(Results.Passed(i));
        }
    }
}
