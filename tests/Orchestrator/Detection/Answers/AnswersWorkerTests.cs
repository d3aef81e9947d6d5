using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Tests.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection.Answers;

/// <summary>What is stored comes to be compared, also after a restart.</summary>
[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class AnswersWorkerTests(string engine)
{
    private static readonly DateTimeOffset Noon = AnswersWorld.Noon;

    private readonly FixedCatalog _catalog = FixedCatalog.Of(TimeSpan.FromMinutes(1), "use1=us-east", "eu1=eu-west", "ap1=ap-south");
    private readonly EventHub _events = new();
    private FakeTimeProvider _time = null!;
    private StoreUnderTest _under = null!;
    private int _sequence;

    [SetUp]
    public async Task SetUp()
    {
        _time = new FakeTimeProvider(Noon);
        _sequence = 0;
        var check = _catalog.Current.Checks["shop"];
        check = check with { Check = check.Check with { Revision = 1, Probe = AnswersWorld.Http } };
        _catalog.Current = _catalog.Current with { Checks = _catalog.Current.Checks.SetItem("shop", check), ChecksById = _catalog.Current.ChecksById.SetItem(1, check) };
        _under = await StoreUnderTest.CreateAsync(engine, _time);
    }

    [TearDown]
    public async Task TearDown() => await _under.DisposeAsync();

    [Test]
    public async Task Stored_results_are_read_once_as_they_come_and_differences_are_told_live()
    {
        var told = 0;
        _events.Told += live => told += live == new LiveEvent("answers", "shop") ? 1 : 0;
        var (worker, book) = Start();
        await PassAsync(worker, 90, _ => AnswersWorld.Certificate("a1", "root"));
        Assert.That(book.Of("shop")!.Regions.Select(r => (r.Region, r.Certificates.Single().Runs)), Is.EqualTo(new[] { ("ap-south", 90L), ("eu-west", 90L), ("us-east", 90L) }));
        await PassAsync(worker, 12, agent => agent == 1 ? AnswersWorld.Certificate("b2", "other") : AnswersWorld.Certificate("a1", "root"));
        Assert.That(book.Differences("shop").Select(d => (d.Kind, d.Regions[0], d.Definite)), Is.EqualTo(new[] { (DifferenceKind.Issuer, "us-east", true) }));
        Assert.That(book.Recent("shop", "us-east", AnswerPart.Certificate), Is.EqualTo(new[] { "b2/other" }));
        Assert.That(told, Is.EqualTo(2), "once when it was seen, once when it was definite");
        await PassAsync(worker, 8, _ => AnswersWorld.Certificate("a1", "root"));
        Assert.That((book.Differences("shop").Count, told), Is.EqualTo((0, 3)));
    }

    [Test]
    public async Task After_a_restart_what_was_normal_is_known_again()
    {
        var (worker, _) = Start();
        await PassAsync(worker, 200, _ => AnswersWorld.Certificate("a1", "root"));
        await PassAsync(worker, 40, agent => agent == 1 ? AnswersWorld.Certificate("b2", "other") : AnswersWorld.Certificate("a1", "root"));
        var (second, book) = Start();
        await second.CompareOnceAsync(CancellationToken.None);
        var found = book.Differences("shop").Single();
        Assert.That((found.Kind, found.Regions[0], found.Definite), Is.EqualTo((DifferenceKind.Issuer, "us-east", true)));
        Assert.That(found.Since, Is.InRange(Noon.AddMinutes(200), Noon.AddMinutes(230)), "now and then a minute of the past is read");
    }

    [Test]
    public async Task Of_a_pair_the_newest_of_a_minute_are_read_and_none_twice()
    {
        var due = Noon.AddSeconds(1);
        await StoreAsync([.. Enumerable.Range(0, 20).Select(i => (1, AnswersWorld.Passed() with { Due = due.AddSeconds(i) })), (2, AnswersWorld.Passed() with { Due = due })]);
        var found = new List<StoredResult>();
        await _under.Store.VisitNewestAsync([new NewestOf(1, 1, due.AddSeconds(5)), new NewestOf(1, 2, default), new NewestOf(1, 3, default), new NewestOf(2, 1, default)], Noon, 4, found.Add, default);
        Assert.That(found.Select(f => (f.AgentId, f.Result.Due)).Order(), Is.EqualTo(new[] { (1, due.AddSeconds(16)), (1, due.AddSeconds(17)), (1, due.AddSeconds(18)), (1, due.AddSeconds(19)), (2, due) }));
        found.Clear();
        await _under.Store.VisitNewestAsync([new NewestOf(1, 1, due.AddSeconds(18))], Noon, 4, found.Add, default);
        Assert.That(found.Single().Result, Has.Property("Due").EqualTo(due.AddSeconds(19)).And.Property("StatusCode").EqualTo(200));
    }

    private (AnswersWorker, AnswerBook) Start()
    {
        var options = Options.Create(new AnswersOptions());
        var book = new AnswerBook(options, _events, _time, NullLogger<AnswerBook>.Instance);
        return (new AnswersWorker(_catalog, _under.Store, new StoreReady(), book, new Verdicts(Options.Create(new DetectorOptions()), _time), options, _time, NullLogger<AnswersWorker>.Instance), book);
    }

    private async Task PassAsync(AnswersWorker worker, int minutes, Func<int, RunResult> answer)
    {
        for (var i = 0; i < minutes; i++)
        {
            var due = _time.GetUtcNow();
            await StoreAsync([.. new[] { 1, 2, 3 }.Select(agent => (agent, answer(agent) with { Due = due }))]);
            await worker.CompareOnceAsync(CancellationToken.None);
            _time.Advance(TimeSpan.FromMinutes(1));
        }
    }

    private async Task StoreAsync(IReadOnlyList<(int Agent, RunResult Result)> results) =>
        await _under.Store.StoreAsync([.. results.Select(r => Batches.One(r.Agent, _sequence++, r.Result, 1))], default);
}
