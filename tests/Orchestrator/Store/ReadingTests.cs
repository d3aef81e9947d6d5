using Probes.Contracts.Results;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Store;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class ReadingTests(string engine)
{
    private StoreUnderTest _under = null!;

    private IResultStore Store => _under.Store;

    [SetUp]
    public async Task OpenAsync() => _under = await StoreUnderTest.CreateAsync(engine);

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [Test]
    public async Task A_result_comes_back_as_it_was_with_the_name_of_its_check()
    {
        var id = await AddCheckAsync("shop");
        var result = new RunResult
        {
            Check = "shop",
            CheckRevision = 3,
            Due = Results.Now.AddTicks(10),
            Late = TimeSpan.FromMicroseconds(7),
            Status = RunStatus.TimedOut,
            Source = FailureSource.Network,
            Reason = "connect_timeout",
            Message = "no answer within 10 s \u2013 ü\0",
            Duration = TimeSpan.FromSeconds(10),
            Phases = new PhaseTimes(TimeSpan.FromMilliseconds(1.5), null, null, TimeSpan.Zero, null, TimeSpan.FromMinutes(10)),
            Address = "192.0.2.1:443",
            StatusCode = 599,
            Attempt = 2,
            Retried = true,
            Assertions = [new AssertionOutcome("status == 200", false, "599")],
            Evidence = new Dictionary<string, string> { ["header.server"] = "x" },
        };
        await Store.StoreAsync([Batches.One(4, 0, result, id)], default);
        var read = (await Store.ReadResultsAsync(new ResultQuery(), default)).Items.Single();
        Assert.Multiple(() =>
        {
            Assert.That((read.CheckId, read.AgentId), Is.EqualTo((id, 4)));
            Assert.That(read.Result.Assertions, Is.EqualTo(result.Assertions));
            Assert.That(read.Result.Evidence, Is.EqualTo(result.Evidence));
            Assert.That(read.Result with { Assertions = result.Assertions, Evidence = result.Evidence }, Is.EqualTo(result));
        });
    }

    [TestCase(null)]
    [TestCase(1)]
    public async Task Pages_follow_each_other_newest_first_and_stay_stable_while_new_results_come(int? check)
    {
        // Many at the very same moment, from several agents, and some hours apart.
        var same = Enumerable.Range(0, 30).Select(i => new ResolvedResult(i, 1, Results.Passed(i, due: Results.Now))).ToList();
        await Store.StoreAsync([.. Enumerable.Range(1, 3).Select(a => new ResolvedBatch(a, a, 0, 30, same, "1"))], default);
        await Store.StoreAsync([Batches.Of(9, 0, 20, Results.Now.AddHours(-30)), Batches.Of(9, 100, 20, Results.Now.AddDays(-9))], default);
        var seen = new List<StoredResult>();
        string? cursor = null;
        do
        {
            var page = await Store.ReadResultsAsync(new ResultQuery { CheckId = check, Limit = 7, Cursor = cursor }, default);
            seen.AddRange(page.Items);
            cursor = page.NextCursor;
            await Store.StoreAsync([Batches.Of(8, 1000 + seen.Count, 1, Results.Now.AddHours(1))], default);
        }
        while (cursor is not null);
        Assert.That(seen, Has.Count.EqualTo(130));
        Assert.That(seen.Select(r => (r.AgentId, r.Result.Due, r.Result.Message)), Is.Unique);
        Assert.That(seen.Select(r => r.Result.Due), Is.Ordered.Descending);
    }

    [Test]
    public async Task A_query_narrows_by_check_agents_and_time()
    {
        await Store.StoreAsync([Batches.Of(1, 0, 100), Batches.Of(2, 0, 100), Batches.Of(3, 0, 100, check: 2)], default);
        var all = new ResultQuery { Limit = 1000 };
        Assert.That(await CountAsync(all), Is.EqualTo(300));
        Assert.That(await CountAsync(all with { CheckId = 1 }), Is.EqualTo(200));
        Assert.That(await CountAsync(all with { CheckId = 3 }), Is.Zero);
        Assert.That(await CountAsync(all with { CheckIds = [2, 3] }), Is.EqualTo(100));
        Assert.That(await CountAsync(all with { CheckIds = [1, 2], AgentIds = [2, 3] }), Is.EqualTo(200));
        Assert.That(await CountAsync(all with { CheckIds = [] }), Is.Zero);
        Assert.That(await CountAsync(all with { AgentIds = [2, 3] }), Is.EqualTo(200));
        Assert.That(await CountAsync(all with { AgentIds = [] }), Is.Zero);
        Assert.That(await CountAsync(all with { CheckId = 1, AgentIds = [1], From = Results.Now.AddSeconds(10), To = Results.Now.AddSeconds(20) }), Is.EqualTo(10));
        Assert.That(await CountAsync(all with { From = Results.Now.AddDays(1) }), Is.Zero);
    }

    [Test]
    public void A_cursor_that_is_not_ours_is_refused() =>
        Assert.That(async () => await Store.ReadResultsAsync(new ResultQuery { Cursor = "1.2.x" }, default), Throws.InstanceOf<FormatException>());

    [Test]
    public async Task Dead_letters_are_kept_cut_and_read_newest_first()
    {
        await Store.AddDeadLetterAsync(new DeadLetter(0, Results.Now, "agent-1", "not protobuf", 2_000_000, new byte[2_000_000]), default);
        await Store.AddDeadLetterAsync(new DeadLetter(0, Results.Now.AddSeconds(1), "agent-2", "too large", 3, [1, 2, 3]), default);
        var letters = await Store.ReadDeadLettersAsync(10, default);
        Assert.That(letters.Select(l => (l.Source, l.Reason, l.Size, l.Body.Length)), Is.EqualTo(new[]
        {
            ("agent-2", "too large", 3, 3), ("agent-1", "not protobuf", 2_000_000, 1024 * 1024),
        }));
        Assert.That(letters[0].At, Is.EqualTo(Results.Now.AddSeconds(1)));
    }

    [Test]
    public async Task Retention_removes_what_is_older_and_leaves_the_rest()
    {
        await Store.StoreAsync([Batches.Of(1, 0, 50, Results.Now.AddDays(-20)), Batches.Of(1, 50, 50)], default);
        await Store.RollUpAsync(await Store.ReadDirtyAsync(100, default), default);
        Assert.That(await Store.ExpireAsync(Results.Now.AddDays(-14), Results.Now.AddDays(-400), default), Is.EqualTo(50));
        Assert.That(await CountAsync(new ResultQuery { Limit = 1000 }), Is.EqualTo(50));
        Assert.That(await Store.ReadRollupsAsync(1, Results.Now.AddDays(-30), Results.Now, default), Is.Not.Empty);

        // Late results of a day whose partition is gone are still taken, and the duplicate of what was removed is still known.
        var outcomes = await Store.StoreAsync([Batches.Of(1, 0, 50, Results.Now.AddDays(-20)), Batches.Of(2, 0, 5, Results.Now.AddDays(-20))], default);
        Assert.That(outcomes, Is.EqualTo(new[] { new StoreOutcome(0, 50), new StoreOutcome(5, 0) }));

        await Store.ExpireAsync(Results.Now.AddDays(-14), Results.Now.AddDays(-14), default);
        Assert.That(await Store.ReadRollupsAsync(1, Results.Now.AddDays(-30), Results.Now, default), Is.Empty);
    }

    [Test]
    public async Task A_partition_dropped_by_another_orchestrator_is_made_again()
    {
        var other = _under.Open();
        var sequence = 0;
        var keys = new[] { new RollupKey(1, 1, Results.Now.AddDays(-20).ToUnixTimeSeconds() / 60), new RollupKey(1, 2, Results.Now.AddDays(-20).ToUnixTimeSeconds() / 60) };
        foreach (var write in new Func<Task>[] { () => Store.FlushAsync(default), () => Store.RollUpAsync(keys, default) })
        {
            await Store.StoreAsync([Batches.Of(1, sequence, 5, Results.Now.AddDays(-20))], default);
            await write();
            await Store.RollUpAsync(keys, default);
            await other.ExpireAsync(Results.Now.AddDays(-14), Results.Now.AddDays(-14), default);
            Assert.That((await Store.StoreAsync([Batches.Of(2, sequence, 5, Results.Now.AddDays(-20))], default))[0].Stored, Is.EqualTo(5));
            await write();
            await Store.RollUpAsync(keys, default);
            Assert.That((await Store.ReadRollupsAsync(Results.Now.AddDays(-30), Results.Now, default)).Sum(r => r.Rollup.Counts.Told), Is.EqualTo(5));
            await other.ExpireAsync(Results.Now.AddDays(-14), Results.Now.AddDays(-14), default);
            sequence += 5;
        }
    }

    [Test]
    public async Task It_answers_a_ping() => Assert.That(await Store.PingAsync(default), Is.True);

    private async Task<int> CountAsync(ResultQuery query) => (await Store.ReadResultsAsync(query, default)).Items.Count;

    private async Task<int> AddCheckAsync(string name)
    {
        await using var context = _under.Contexts.CreateDbContext();
        var check = new CheckEntity { Name = name, Document = "{}", UpdatedAt = Results.Now };
        context.Checks.Add(check);
        await context.SaveChangesAsync();
        return check.Id;
    }
}
