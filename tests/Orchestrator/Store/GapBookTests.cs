using Probes.Contracts.Results;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Store;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class GapBookTests(string engine)
{
    private StoreUnderTest _under = null!;

    [SetUp]
    public async Task OpenAsync() => _under = await StoreUnderTest.CreateAsync(engine);

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [Test]
    public async Task What_an_agent_gave_up_is_kept_once_however_often_it_comes_and_read_by_check_and_time()
    {
        var known = new RunGap("shop", GapReason.SpoolFull, 40, Results.Now, Results.Now.AddMinutes(2));
        var lost = new RunGap("", GapReason.Corrupt, 3, Results.Now.AddHours(1), Results.Now.AddHours(1));
        var batch = Batches.Of(4, 10, 5) with { Count = 7, Gaps = [new ResolvedGap(15, 1, known), new ResolvedGap(16, null, lost)] };
        var first = await _under.Store.StoreAsync([batch], default);
        Assert.That((first[0].Stored, first[0].Duplicate), Is.EqualTo((5, 0)));
        Assert.That(first[0].Gaps, Is.EqualTo(new[] { known, lost }));
        Assert.That(await _under.Store.StoreAsync([batch], default), Is.EqualTo(new[] { new StoreOutcome(0, 5) }));

        // A batch of nothing but a gap, and within one group twice.
        var only = new ResolvedBatch(5, Batches.Epoch, 1, 1, [], "1.0") { Gaps = [new ResolvedGap(1, 1, known with { Reason = GapReason.Disk })] };
        var outcomes = await _under.Store.StoreAsync([only, only], default);
        Assert.That(outcomes.Select(o => o.Gaps?.Count ?? 0), Is.EqualTo(new[] { 1, 0 }));

        var book = new GapBook(_under.Contexts);
        var all = await book.ReadAsync(null, Results.Now, Results.Now.AddHours(2), 100, default);
        Assert.That(all.Select(g => (g.AgentId, g.CheckId, g.Reason, g.Runs)), Is.EquivalentTo(new[]
        {
            (4, (int?)null, GapReason.Corrupt, 3L), (4, 1, GapReason.SpoolFull, 40L), (5, 1, GapReason.Disk, 40L),
        }));
        Assert.That((all[1].From, all[1].To), Is.EqualTo((known.From, known.To)));
        Assert.That(await book.ReadAsync(1, Results.Now.AddMinutes(1), Results.Now.AddMinutes(1.5), 1, default), Has.Count.EqualTo(1));
        Assert.That(await book.ReadAsync(1, Results.Now.AddMinutes(3), Results.Now.AddHours(2), 100, default), Is.Empty);
        Assert.That(await book.ReadAsync(2, Results.Now, Results.Now.AddHours(2), 100, default), Is.Empty);
        Assert.That(await book.ForgetAsync(Results.Now.AddMinutes(30), default), Is.EqualTo(2));
        Assert.That(await book.ReadAsync(null, DateTimeOffset.UnixEpoch, Results.Now.AddHours(2), 100, default), Has.Count.EqualTo(1));
    }
}
