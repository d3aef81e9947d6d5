using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Store;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class StoringTests(string engine)
{
    private StoreUnderTest _under = null!;

    private IResultStore Store => _under.Store;

    [SetUp]
    public async Task OpenAsync() => _under = await StoreUnderTest.CreateAsync(engine);

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [Test]
    public async Task Every_item_of_a_new_batch_is_stored()
    {
        Assert.That(await Store.StoreAsync([Batches.Of(1, 0, 100)], default), Is.EqualTo(new[] { new StoreOutcome(100, 0) }));
        Assert.That(await CountAsync(), Is.EqualTo(100));
    }

    [Test]
    public async Task A_batch_that_comes_again_is_counted_as_duplicate_and_dropped()
    {
        await Store.StoreAsync([Batches.Of(1, 0, 100)], default);
        Assert.That(await Store.StoreAsync([Batches.Of(1, 0, 100)], default), Is.EqualTo(new[] { new StoreOutcome(0, 100) }));
        Assert.That(await CountAsync(), Is.EqualTo(100));
    }

    [Test]
    public async Task A_batch_twice_in_one_group_is_stored_once()
    {
        var outcomes = await Store.StoreAsync([Batches.Of(1, 0, 10), Batches.Of(1, 0, 10), Batches.Of(2, 0, 10)], default);
        Assert.That(outcomes, Is.EqualTo(new[] { new StoreOutcome(10, 0), new StoreOutcome(0, 10), new StoreOutcome(10, 0) }));
    }

    [Test]
    public async Task Of_overlapping_batches_only_the_new_part_is_stored()
    {
        await Store.StoreAsync([Batches.Of(1, 10, 20)], default);
        var outcomes = await Store.StoreAsync([Batches.Of(1, 0, 15), Batches.Of(1, 25, 15)], default);
        Assert.That(outcomes, Is.EqualTo(new[] { new StoreOutcome(10, 5), new StoreOutcome(10, 5) }));
        Assert.That(await CountAsync(), Is.EqualTo(40));
    }

    [Test]
    public async Task A_gap_that_is_filled_later_is_stored_and_then_known()
    {
        await Store.StoreAsync([Batches.Of(1, 0, 10), Batches.Of(1, 20, 10)], default);
        Assert.That((await Store.StoreAsync([Batches.Of(1, 10, 10)], default))[0], Is.EqualTo(new StoreOutcome(10, 0)));
        Assert.That((await Store.StoreAsync([Batches.Of(1, 0, 30)], default))[0], Is.EqualTo(new StoreOutcome(0, 30)));
    }

    [Test]
    public async Task An_item_that_was_rejected_stays_out_when_the_batch_comes_again()
    {
        var whole = Batches.Of(1, 0, 10);
        await Store.StoreAsync([whole with { Items = [.. whole.Items.Skip(1)] }], default);
        Assert.That((await Store.StoreAsync([whole], default))[0], Is.EqualTo(new StoreOutcome(0, 10)));
        Assert.That(await CountAsync(), Is.EqualTo(9));
    }

    [Test]
    public async Task Another_epoch_or_agent_begins_anew()
    {
        await Store.StoreAsync([Batches.Of(1, 0, 10)], default);
        var outcomes = await Store.StoreAsync([Batches.Of(1, 0, 10, epoch: long.MaxValue), Batches.Of(2, 0, 10)], default);
        Assert.That(outcomes, Is.All.EqualTo(new StoreOutcome(10, 0)));
        Assert.That(await CountAsync(), Is.EqualTo(30));
    }

    [Test]
    public async Task Two_orchestrators_that_store_the_same_batches_at_once_count_each_once()
    {
        var other = _under.Open();
        var groups = Enumerable.Range(0, 20).Select(g => Enumerable.Range(1, 5).Select(a => Batches.Of(a, g * 8, 10)).ToList()).ToList();
        var stored = await Task.WhenAll(new[] { Store, other }.Select(store => Task.Run(async () =>
        {
            var sum = 0;
            // One goes through the agents in the other order: they must not lock each other out.
            foreach (var group in groups)
            {
                var mine = store == other ? Enumerable.Reverse(group).ToList() : group;
                sum += (await store.StoreAsync(mine, default)).Sum(o => o.Stored);
            }

            return sum;
        })));
        Assert.That(stored.Sum(), Is.EqualTo(5 * (19 * 8 + 10)));
        Assert.That(await CountAsync(), Is.EqualTo(5 * (19 * 8 + 10)));
    }

    [Test]
    public async Task Nothing_of_a_group_that_fails_is_stored()
    {
        var bad = Batches.Of(1, 10, 10);
        // Same sequence twice: only a defect upstream does that, and on SQLite the key refuses it; so break it for both by cancelling.
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        Assert.That(async () => await Store.StoreAsync([Batches.Of(1, 0, 10), bad], cancelled.Token), Throws.InstanceOf<OperationCanceledException>());
        Assert.That(await CountAsync(), Is.Zero);
        Assert.That((await Store.StoreAsync([bad], default))[0].Stored, Is.EqualTo(10));
    }

    [Test]
    public async Task Every_minute_touched_is_marked_once_and_late_data_mark_it_again()
    {
        await Store.StoreAsync([Batches.Of(1, 0, 120)], default);
        var minute = Results.Now.ToUnixTimeSeconds() / 60;
        Assert.That(await Store.ReadDirtyAsync(10, default), Is.EquivalentTo(new[] { new RollupKey(1, 1, minute), new RollupKey(1, 1, minute + 1) }));

        await Store.RollUpAsync(await Store.ReadDirtyAsync(10, default), default);
        Assert.That(await Store.ReadDirtyAsync(10, default), Is.Empty);

        await Store.StoreAsync([Batches.One(1, 500, Results.Passed(500))], default);
        Assert.That(await Store.ReadDirtyAsync(10, default), Is.EqualTo(new[] { new RollupKey(1, 1, minute) }));
        await Store.RollUpAsync(await Store.ReadDirtyAsync(10, default), default);
        var rows = await Store.ReadRollupsAsync(1, Results.Now, Results.Now.AddMinutes(1), default);
        Assert.That(rows.Single().Rollup.Counts.Passed, Is.EqualTo(61));
    }

    [Test]
    public async Task A_duplicate_marks_nothing()
    {
        await Store.StoreAsync([Batches.Of(1, 0, 10)], default);
        await Store.RollUpAsync(await Store.ReadDirtyAsync(10, default), default);
        await Store.StoreAsync([Batches.Of(1, 0, 10)], default);
        Assert.That(await Store.ReadDirtyAsync(10, default), Is.Empty);
    }

    private async Task<int> CountAsync()
    {
        var count = 0;
        string? cursor = null;
        do
        {
            var page = await Store.ReadResultsAsync(new ResultQuery { Limit = 1000, Cursor = cursor }, default);
            count += page.Items.Count;
            cursor = page.NextCursor;
        }
        while (cursor is not null);
        return count;
    }
}
