using System.Collections.Immutable;
using System.Diagnostics.Metrics;
using CsCheck;
using Google.Protobuf;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Ingest;
using Check = Probes.Contracts.Checks.Check;

namespace Probes.Tests.Orchestrator.Ingest;

public sealed class BatchIntakeTests
{
    private ServiceProvider _services = null!;
    private FakeStore _store = null!;
    private FakeCatalog _catalog = null!;
    private IngestCounts _counts = null!;
    private IngestReceipts _receipts = null!;
    private FakeTimeProvider _time = null!;
    private BatchIntake _intake = null!;
    private FenceSet _fences = FenceSet.Empty;
    private Func<bool> _fencesFail = () => false;

    [SetUp]
    public void SetUp()
    {
        _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meters = _services.GetRequiredService<IMeterFactory>();
        _counts = new IngestCounts(meters);
        (_fences, _fencesFail) = (FenceSet.Empty, () => false);
        _store = new FakeStore();
        _catalog = new FakeCatalog();
        _receipts = new IngestReceipts();
        _time = new FakeTimeProvider(Testing.Results.Now) { AutoAdvanceAmount = TimeSpan.Zero };
        _intake = new BatchIntake(
            _catalog, _ => _fencesFail() ? throw new IOException("away") : ValueTask.FromResult(_fences), _store, new BatchSenders(Options.Create(new BusOptions())), new IngestMetrics(meters), _receipts,
            new ConfigurationBuilder().Build(), _time, NullLogger<BatchIntake>.Instance);
    }

    [TearDown]
    public void TearDown()
    {
        _intake.Dispose();
        _counts.Dispose();
        _services.Dispose();
    }

    [Test]
    public async Task Results_are_stored_with_their_sequence_and_the_ids_of_their_names()
    {
        await TakeAsync(Batches.Bytes(3, first: 10));
        Assert.That(_store.Stored.Select(i => (i.Sequence, i.CheckId)), Is.EqualTo(new[] { (10L, 7), (11L, 7), (12L, 7) }));
    }

    [Test]
    public async Task A_repeated_batch_is_counted_as_duplicate()
    {
        await TakeAsync(Batches.Bytes(3));
        await TakeAsync(Batches.Bytes(3));
        Assert.That((_counts.Received, _counts.Stored, _counts.Duplicate), Is.EqualTo((6L, 3L, 3L)));
    }

    [Test]
    public async Task What_a_cut_off_agent_ran_while_its_peers_had_its_checks_is_rejected_and_counted()
    {
        var batch = Batches.Make(4);
        var start = batch.Results[0].DueUs;
        for (var i = 0; i < 4; i++)
        {
            batch.Results[i].DueUs = start + (i * 1_000_000L);
        }

        var agent = _catalog.Current.AgentsByPublicId[batch.AgentId].Id;
        _fences = FenceSet.Empty.Open(agent, WireTimes.Time(start + 1_000_000)!.Value);
        await TakeAsync(batch.ToByteArray());
        Assert.That((_counts.Received, _counts.Stored, _counts.RejectedFor("fenced")), Is.EqualTo((4L, 1L, 3L)));

        batch.FirstSequence += 4;
        _fences = _fences.Close(agent, WireTimes.Time(start + 3_000_000)!.Value);
        await TakeAsync(batch.ToByteArray());
        Assert.That((_counts.Received, _counts.Stored, _counts.RejectedFor("fenced")), Is.EqualTo((8L, 3L, 5L)));
    }

    [Test]
    public async Task One_bad_result_never_fails_its_batch()
    {
        var batch = Batches.Make(6);
        batch.Results[0].Status = RunStatus.Unspecified;
        batch.Results[1].DueUs += 6 * 60 * 1_000_000L;
        batch.Results[2].DueUs -= 15 * 24 * 3600 * 1_000_000L;
        batch.Checks.Add("never-was");
        batch.Results[3].CheckIndex = 1;
        batch.Results[4].CheckIndex = 2;
        await TakeAsync(batch.ToByteArray());
        Assert.That(_store.Stored.Select(i => i.Sequence), Is.EqualTo(new[] { 6L }));
        Assert.That(
            (_counts.RejectedFor("invalid"), _counts.RejectedFor("future"), _counts.RejectedFor("expired"), _counts.RejectedFor("unknown_check")),
            Is.EqualTo((2L, 1L, 1L, 1L)));
    }

    [Test]
    public async Task An_agent_of_one_project_is_not_believed_about_anothers_checks_unless_they_name_its_location()
    {
        var ids = ImmutableDictionary.CreateBuilder<string, CatalogCheck>();
        foreach (var (id, name, locations) in new[] { (1, "shop", Array.Empty<string>()), (2, "team/shop", []), (3, "team/far", ["default/other", "here"]) })
        {
            ids[name] = new CatalogCheck(id, new Check { Name = name, Locations = locations, Probe = new TcpSpec { Host = "a", Port = 1 } }, default, false);
        }

        _catalog.Current = _catalog.Current with { ChecksEver = ids.ToImmutable() };
        var batch = Batches.Make(3);
        batch.Checks.AddRange(["team/shop", "team/far"]);
        (batch.Results[1].CheckIndex, batch.Results[2].CheckIndex) = (1, 2);
        await TakeAsync(batch.ToByteArray());
        Assert.That(_store.Stored.Select(i => i.CheckId), Is.EqualTo(new[] { 1, 3 }));
        Assert.That(_counts.RejectedFor("unknown_check"), Is.EqualTo(1));
    }

    [Test]
    public async Task What_is_no_batch_becomes_a_dead_letter_with_its_reason()
    {
        await TakeAsync([0xff, 0xff, 0xff], Batches.Bytes(2));
        Assert.That(_store.Letters.Single().Reason, Does.StartWith("malformed"));
        Assert.That(_counts.Stored, Is.EqualTo(2));
    }

    [Test]
    public async Task An_oversized_message_becomes_a_dead_letter_of_which_1_MiB_is_kept()
    {
        await TakeAsync(new byte[(1024 * 1024) + 1]);
        Assert.That(_store.Letters.Single().Reason, Does.StartWith("oversized"));
        Assert.That((_store.Letters.Single().Size, _store.Letters.Single().Body.Length), Is.EqualTo(((1024 * 1024) + 1, 1024 * 1024)));
    }

    [TestCase("agent-x", "unknown_agent")]
    [TestCase("agent-off", "agent_disabled")]
    public async Task A_batch_of_no_enabled_agent_becomes_a_dead_letter_and_its_results_are_rejected(string agent, string reason)
    {
        await TakeAsync(Batches.Bytes(4, agent: agent));
        Assert.That(_store.Letters.Single().Reason, Does.StartWith(reason));
        Assert.That(_counts.RejectedFor(reason), Is.EqualTo(4));
    }

    [Test]
    public async Task Unknown_names_are_looked_up_again_but_not_for_every_stranger()
    {
        await TakeAsync(Batches.Bytes(1, agent: "agent-x"));
        await TakeAsync(Batches.Bytes(1, agent: "agent-y"));
        Assert.That(_catalog.Refreshes, Is.EqualTo(1));
        _time.Advance(TimeSpan.FromSeconds(6));
        await TakeAsync(Batches.Bytes(1, agent: "agent-z"));
        Assert.That(_catalog.Refreshes, Is.EqualTo(2));
    }

    [Test]
    public async Task Who_comes_while_names_are_looked_up_waits_for_them()
    {
        var (known, reading) = (_catalog.Current, new TaskCompletionSource());
        _catalog.Current = CatalogSnapshot.Empty;
        _catalog.OnRefresh = async () =>
        {
            await reading.Task;
            _catalog.Current = known;
        };
        var both = Task.WhenAll(TakeAsync(Batches.Bytes(2)), TakeAsync(Batches.Bytes(2, first: 10)));
        reading.SetResult();
        await both;
        Assert.That((_store.Stored.Count, _store.Letters.Count, _catalog.Refreshes), Is.EqualTo((4, 0, 1)));
    }

    [Test]
    public async Task A_store_that_is_away_when_the_fences_are_asked_for_is_waited_for()
    {
        var failures = 30;
        _fencesFail = () => failures-- > 0;
        await AdvanceUntil(TakeAsync(Batches.Bytes(2)));
        Assert.That((_store.Stored.Count, _store.Letters.Count), Is.EqualTo((2, 0)));
    }

    [Test]
    public async Task A_store_that_is_away_is_waited_for_and_nothing_counted_twice()
    {
        var failures = 6;
        _store.Answers = false;
        _store.Before = _ => failures-- > 0 ? throw new IOException("away") : Task.CompletedTask;
        await AdvanceUntil(TakeAsync(Batches.Bytes(3)));
        Assert.That((_counts.Received, _counts.Stored, _store.Letters.Count), Is.EqualTo((3L, 3L, 0)));
    }

    [Test]
    public async Task A_store_that_stays_away_gives_the_group_back()
    {
        _store.Answers = false;
        _store.Before = _ => throw new IOException("away");
        var taking = TakeAsync(Batches.Bytes(3));
        await AdvanceUntil(taking.ContinueWith(_ => { }, TaskScheduler.Default));
        Assert.That(taking.Exception?.InnerException, Is.InstanceOf<IOException>());
        Assert.That(_counts.Received, Is.Zero);
    }

    [Test]
    public async Task A_batch_that_the_store_cannot_take_does_not_hold_up_the_others()
    {
        _store.Before = batches => batches.Any(b => b.FirstSequence == 100) ? throw new InvalidDataException("poison") : Task.CompletedTask;
        await AdvanceUntil(TakeAsync(Batches.Bytes(2), Batches.Bytes(2, first: 100), Batches.Bytes(2, first: 200)));
        Assert.That((_counts.Received, _counts.Stored, _counts.Rejected), Is.EqualTo((6L, 4L, 2L)));
        Assert.That(_store.Letters.Single().Reason, Is.EqualTo("store_failed: poison"));
    }

    [Test]
    public async Task Who_waits_for_a_batch_hears_of_it_only_after_the_commit()
    {
        var id = Guid.NewGuid();
        var receipt = _receipts.Expect(id);
        _store.Before = _ =>
        {
            Assert.That(receipt.IsCompleted, Is.False);
            return Task.CompletedTask;
        };
        await _intake.TakeAsync([new RawBatch { Body = Batches.Bytes(1), MessageId = id }], CancellationToken.None);
        Assert.That(await receipt, Is.Empty);
    }

    [Test]
    public void Received_is_always_stored_plus_duplicate_plus_rejected()
    {
        var items = Gen.Select(Gen.Int[0, 3], Gen.Int[0, 2], Gen.Long[-20, 20]).Array[0, 20];
        var batches = Gen.Select(items, Gen.Int[1, 30], Gen.Int[0, 5].Select(i => i switch { 0 => "agent-off", 1 => "agent-x", _ => "agent-1" }), Gen.Int[0, 9]).Array[1, 8];
        batches.Sample(group => TakeAsync([.. group.Select(b => Random(b.Item1, b.Item2, b.Item3, b.Item4))]).Wait(), iter: 300, threads: 1);
        Assert.That(_counts.Received, Is.Positive.And.EqualTo(_counts.Stored + _counts.Duplicate + _counts.Rejected));
        Assert.That(_counts.Stored, Is.EqualTo(_store.Stored.Count));
        Assert.That(new[] { _counts.Stored, _counts.Duplicate, _counts.Rejected }, Is.All.Positive);
    }

    private static byte[] Random((int Status, int Index, long Days)[] items, int first, string agent, int kind)
    {
        var batch = Batches.Make(items.Length, first, agent);
        for (var i = 0; i < items.Length; i++)
        {
            batch.Results[i].Status = (RunStatus)items[i].Status;
            batch.Results[i].CheckIndex = (uint)items[i].Index;
            batch.Results[i].DueUs += items[i].Days * 24 * 3600 * 1_000_000;
        }

        batch.Checks.Add("never-was");
        var bytes = batch.ToByteArray();
        return kind == 0 ? [.. bytes.Take(bytes.Length / 2)] : bytes;
    }

    private async Task AdvanceUntil(Task done)
    {
        for (var i = 0; i < 2000 && !done.IsCompleted; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            await Task.WhenAny(done, Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System));
        }

        await done;
    }

    private Task TakeAsync(params byte[][] bodies) =>
        _intake.TakeAsync([.. bodies.Select(b => new RawBatch { Body = b })], CancellationToken.None);
}
