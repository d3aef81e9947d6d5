using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection.Incidents;

[TestFixture("sqlite")]
[TestFixture("postgres")]
internal sealed class IncidentBookTests(string engine) : ILeadership
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly string[] Checks = ["shop", "login", "red/web"];
    private static readonly string[] Regions = ["eu", "us", "asia"];

    private readonly Dictionary<(string, string), DateTimeOffset> _since = [];
    private TimeSpan _step;
    private FakeTimeProvider _time = null!;
    private StoreUnderTest _under = null!;
    private Blamer _blamer = null!;
    private IncidentBook _book = null!;
    private IncidentReader _reader = null!;
    private IncidentDesk _desk = null!;

    public bool Leads => true;

    public Task<IDbContextTransaction> BeginAsync(ProbesContext db, CancellationToken ct) => db.Database.BeginTransactionAsync(ct);

    [SetUp]
    public async Task OpenAsync()
    {
        (_step, _time) = (TimeSpan.FromMinutes(1), new FakeTimeProvider(Noon));
        _under = await StoreUnderTest.CreateAsync(engine, _time);
        _since.Clear();
        Restart();
        _reader = new IncidentReader(_under.Contexts);
        _desk = new IncidentDesk(_under.Contexts, new Audit(_under.Contexts, _time), new EventHub(), _time);
    }

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [Test]
    public async Task What_first_looks_like_a_route_and_then_like_the_target_is_one_incident_whose_timeline_says_so()
    {
        await RoundAsync(("shop", "eu"));
        var first = (await ListAsync()).Single();
        Assert.That(first.Cause.Culprit, Is.EqualTo(Culprit.Route));
        await RoundAsync(("shop", "eu"), ("shop", "us"), ("shop", "asia"));
        var story = (await _reader.FindAsync(first.Id, default))!;
        Assert.That((story.Incident.Cause.Culprit, story.Incident.Title, story.Incident.Impacts.Count), Is.EqualTo((Culprit.Target, "Target shop.test", 3)));
        Assert.That(story.Timeline.Select(e => e.Kind), Is.EqualTo(new[] { "opened", "blamed", "spread", "spread" }));
        Assert.That(await ListAsync(), Has.Count.EqualTo(1));
    }

    [Test]
    public async Task What_it_has_grown_to_is_said_at_once_and_other_numbers_now_and_then()
    {
        await RoundAsync(("shop", "eu"), ("shop", "us"));
        Assert.That((await ListAsync()).Single().Cause.Worse, Is.EqualTo(2));
        _step = TimeSpan.FromSeconds(1);
        await RoundAsync(("shop", "eu"), ("shop", "us"), ("shop", "asia"));
        var grown = (await ListAsync()).Single();
        Assert.That((grown.Cause.Worse, grown.Cause.Words), Is.EqualTo((3, "the target shop.test: worse from 3 regions at once")));
        await RoundAsync(("shop", "eu"), ("shop", "us"));
        Assert.That((await ListAsync()).Single().Cause.Worse, Is.EqualTo(3));
        _step = TimeSpan.FromSeconds(30);
        await RoundAsync(("shop", "eu"), ("shop", "us"));
        Assert.That((await ListAsync()).Single().Cause.Worse, Is.EqualTo(2));
    }

    [Test]
    public async Task Two_incidents_that_turn_out_to_have_one_cause_become_one_and_the_other_says_where_it_went()
    {
        await RoundAsync(("shop", "eu"));
        await RoundAsync(("shop", "eu"), ("login", "us"));
        var (shop, login) = ((await ListAsync()).Single(i => i.Cause.Target == "shop.test"), (await ListAsync()).Single(i => i.Cause.Target == "login.test"));
        await RoundAsync(("shop", "eu"), ("login", "us"), ("login", "eu"), ("red/web", "eu"), ("shop", "us"), ("red/web", "us"), ("shop", "asia"), ("login", "asia"));
        var all = await ListAsync();
        Assert.That(all.Select(i => i.Project), Is.EquivalentTo(new[] { "default", "red" }), "no incident is of two projects");
        var one = all.Single(i => i.Project == "default");
        Assert.That((one.Id, one.Cause.Culprit, one.Impacts.Count), Is.EqualTo((shop.Id, Culprit.Everything, 6)));
        var gone = (await _reader.FindAsync(login.Id, default))!;
        Assert.That((gone.Incident.MergedInto, gone.Incident.EndedAt is not null, gone.Incident.Impacts.Count), Is.EqualTo((shop.Id, true, 0)));
        Assert.That(gone.Timeline[^1].Text, Is.EqualTo($"it is a part of incident {shop.Id}: the same cause"));
    }

    [Test]
    public async Task It_ends_when_all_of_its_parts_are_well_and_flares_up_as_the_same_one_within_ten_minutes()
    {
        await RoundAsync(("shop", "eu"), ("shop", "us"));
        await RoundAsync(("shop", "us"));
        Assert.That((await ListAsync()).Single().EndedAt, Is.Null);
        await RoundAsync();
        var ended = (await ListAsync()).Single();
        Assert.That((ended.EndedAt is not null, ended.Impacts.All(i => i.EndedAt is not null)), Is.EqualTo((true, true)));
        _time.Advance(TimeSpan.FromMinutes(5));
        await RoundAsync(("shop", "eu"));
        var again = (await ListAsync()).Single();
        Assert.That((again.Id, again.EndedAt), Is.EqualTo((ended.Id, (DateTimeOffset?)null)));
        Assert.That((await _reader.FindAsync(again.Id, default))!.Timeline.Select(e => e.Kind), Does.Contain("again").And.Contain("ended"));
        await RoundAsync();
        _time.Advance(TimeSpan.FromMinutes(11));
        await RoundAsync(("shop", "eu"));
        Assert.That(await ListAsync(), Has.Count.EqualTo(2), "later it is another");
    }

    [Test]
    public async Task With_no_time_to_flare_up_again_each_is_an_incident_of_its_own()
    {
        Restart(againMinutes: 0);
        await RoundAsync(("shop", "eu"));
        await RoundAsync(("shop", "eu"));
        await RoundAsync();
        await RoundAsync(("shop", "eu"));
        var all = await ListAsync();
        Assert.That(all.Select(i => i.EndedAt is null), Is.EqualTo(new[] { true, false }));
    }

    [Test]
    public async Task A_change_of_the_leading_orchestrator_opens_nothing_twice()
    {
        await RoundAsync(("shop", "eu"), ("shop", "us"), ("login", "eu"));
        var before = (await ListAsync()).Select(i => (i.Id, i.StartedAt, i.Impacts.Count)).ToList();
        Restart();
        await RoundAsync(("shop", "eu"), ("shop", "us"), ("login", "eu"));
        Assert.That((await ListAsync()).Select(i => (i.Id, i.StartedAt, i.Impacts.Count)), Is.EqualTo(before));
    }

    [Test]
    public async Task People_acknowledge_silence_note_and_judge_and_the_timeline_and_the_audit_log_name_them()
    {
        await RoundAsync(("shop", "eu"));
        var incident = (await ListAsync()).Single();
        var caller = Caller.System("alex");
        await _desk.ChangeAsync(incident, new IncidentChange(Acknowledged: true, Silence: TimeSpan.FromHours(2), Finding: "confirmed", Note: " it was the <b>deploy</b>\0 "), caller, default);
        await _desk.ChangeAsync(incident, new IncidentChange(Acknowledged: true), caller, default);
        var (read, timeline) = ((await _reader.FindAsync(incident.Id, default))!.Incident, (await _reader.FindAsync(incident.Id, default))!.Timeline);
        Assert.That((read.AcknowledgedBy, read.SilencedUntil, read.Finding), Is.EqualTo(("alex", (DateTimeOffset?)_time.GetUtcNow().AddHours(2), "confirmed")));
        Assert.That(timeline.Select(e => (e.Kind, e.Actor)), Is.EqualTo(new[] { ("opened", ""), ("acknowledged", "alex"), ("silenced", "alex"), ("finding", "alex"), ("note", "alex") }));
        await using var db = _under.Contexts.CreateDbContext();
        Assert.That(await db.Set<Probes.Orchestrator.Store.Entities.AuditEntity>().Select(a => a.Action).ToListAsync(),
            Is.EqualTo(new[] { "incident.acknowledged", "incident.silenced", "incident.finding", "incident.note" }));
        await RoundAsync(("shop", "eu"));
        Assert.That((await ListAsync()).Single().AcknowledgedBy, Is.EqualTo("alex"), "the next round changes nothing of it");
    }

    [TestCase("silence")]
    [TestCase("finding")]
    [TestCase("note")]
    public async Task A_bad_value_is_refused_and_changes_nothing(string what)
    {
        await RoundAsync(("shop", "eu"));
        var incident = (await ListAsync()).Single();
        var change = what switch
        {
            "silence" => new IncidentChange(Acknowledged: true, Silence: TimeSpan.FromDays(8)),
            "finding" => new IncidentChange(Acknowledged: true, Finding: "maybe"),
            _ => new IncidentChange(Acknowledged: true, Note: new string('x', 4001)),
        };
        Assert.That(async () => await _desk.ChangeAsync(incident, change, Caller.System("alex"), default),
            Throws.InstanceOf<IncidentChangeRefusedException>().With.Property("What").EqualTo(what));
        Assert.That((await ListAsync()).Single().AcknowledgedBy, Is.Null);
    }

    private async Task<IReadOnlyList<Incident>> ListAsync() => await _reader.ListAsync(new IncidentQuery(), default);

    private void Restart(int againMinutes = 10) => (_blamer, _book) = (new Blamer(), new IncidentBook(
        _under.Contexts, new EventHub(), _time, NullLogger<IncidentBook>.Instance, Options.Create(new IncidentOptions { AgainMinutes = againMinutes })));

    private async Task RoundAsync(params (string Check, string Region)[] worse)
    {
        _time.Advance(_step);
        var now = _time.GetUtcNow();
        var signs = new List<Sign>();
        foreach (var pair in from check in Checks from region in Regions select (Check: check, Region: region))
        {
            var flagged = worse.Contains(pair);
            var since = flagged ? _since.TryAdd(pair, now) ? now : _since[pair] : now;
            if (!flagged)
            {
                _since.Remove(pair);
            }

            signs.Add(new Sign(new Verdict
            {
                Check = pair.Check,
                Region = pair.Region,
                Level = flagged ? Level.Degraded : Level.Healthy,
                Sentence = flagged ? $"{pair.Region} is degraded" : "",
                Since = since,
                JudgedAt = now,
                Shows = flagged,
                Evidence = new Evidence { Runs = 20 },
            }, $"{pair.Check}.test", TimeSpan.FromSeconds(10)));
        }

        await _book.RecordAsync([.. signs.Select(s => s.Verdict)], _blamer.Find(signs, _ => null), this, default);
    }
}
