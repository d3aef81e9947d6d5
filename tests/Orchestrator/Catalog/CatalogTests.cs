using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Catalog;

public sealed class CatalogTests
{
    private RunningOrchestrator _orchestrator = null!;

    [SetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync();

    [TearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task A_fresh_catalog_has_the_location_local()
    {
        Assert.That(_orchestrator.Catalog.Current.Locations.Keys, Is.EqualTo(new[] { "local" }));
        Assert.That(_orchestrator.Catalog.Current.Checks, Is.Empty);
        await Task.CompletedTask;
    }

    [Test]
    public async Task An_unknown_location_is_an_error_that_names_the_known_ones_and_nothing_changes()
    {
        var good = RunningOrchestrator.TcpCheck("good");
        var bad = RunningOrchestrator.TcpCheck("bad", "nowhere");
        var report = await ApplyAsync([good, bad]);
        Assert.That(report.Errors, Has.Count.EqualTo(1));
        Assert.That(report.Errors[0].Message, Does.Contain("bad").And.Contain("nowhere"));
        Assert.That(report.Errors[0].Allowed, Does.Contain("local"));
        Assert.That(_orchestrator.Catalog.Current.Checks, Is.Empty);
    }

    [Test]
    public async Task A_location_in_the_same_set_counts()
    {
        var report = await _orchestrator.Catalog.ApplyAsync(
            new DocumentSet([RunningOrchestrator.TcpCheck("a", "oslo")], [new Location { Name = "oslo", Region = "north" }], []), false, CancellationToken.None);
        Assert.That(report.Created, Is.EquivalentTo(new[] { "check/a", "location/oslo" }));
        Assert.That(_orchestrator.Catalog.Current.RegionOfLocation("oslo"), Is.EqualTo("north"));
    }

    [Test]
    public async Task Only_a_change_makes_a_new_revision()
    {
        var check = RunningOrchestrator.TcpCheck("a");
        Assert.That((await ApplyAsync([check])).Created, Is.EqualTo(new[] { "check/a" }));
        Assert.That((await ApplyAsync([check])).Unchanged, Is.EqualTo(new[] { "check/a" }));
        Assert.That(Revision("a"), Is.EqualTo(1));
        Assert.That((await ApplyAsync([check with { Interval = TimeSpan.FromSeconds(30) }])).Updated, Is.EqualTo(new[] { "check/a" }));
        Assert.That(Revision("a"), Is.EqualTo(2));
    }

    [Test]
    public async Task A_check_probes_something_else_since_its_probe_changed_and_only_then()
    {
        var check = RunningOrchestrator.TcpCheck("a");
        await ApplyAsync([check]);
        await ApplyAsync([check with { Interval = TimeSpan.FromSeconds(30), Description = "the shop" }]);
        Assert.That(_orchestrator.Catalog.Current.Checks["a"].ProbedSince, Is.Null);
        await ApplyAsync([check with { Probe = new TcpSpec { Host = "shop.example.com", Port = 8443 } }]);
        var since = _orchestrator.Catalog.Current.Checks["a"].ProbedSince;
        Assert.That(since, Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(1)));
        await _orchestrator.Catalog.DeleteCheckAsync("a", CancellationToken.None);
        await ApplyAsync([check with { Probe = new TcpSpec { Host = "shop.example.com", Port = 8443 }, Description = "again" }]);
        Assert.That(_orchestrator.Catalog.Current.Checks["a"].ProbedSince, Is.EqualTo(since));
    }

    [Test]
    public async Task A_dry_run_tells_and_changes_nothing()
    {
        var report = await _orchestrator.Catalog.ApplyAsync(new DocumentSet([RunningOrchestrator.TcpCheck("a")], [], []), dryRun: true, CancellationToken.None);
        Assert.That(report.Created, Is.EqualTo(new[] { "check/a" }));
        Assert.That(_orchestrator.Catalog.Current.Checks, Is.Empty);
    }

    [Test]
    public async Task A_deleted_check_stays_known_for_its_history_and_may_come_back()
    {
        await ApplyAsync([RunningOrchestrator.TcpCheck("a")]);
        var id = _orchestrator.Catalog.Current.Checks["a"].Id;
        Assert.That(await _orchestrator.Catalog.DeleteCheckAsync("a", CancellationToken.None), Is.True);
        Assert.That(await _orchestrator.Catalog.DeleteCheckAsync("a", CancellationToken.None), Is.False);
        Assert.That(_orchestrator.Catalog.Current.Checks, Is.Empty);
        Assert.That(_orchestrator.Catalog.Current.ChecksById[id].Deleted, Is.True);
        Assert.That(_orchestrator.Catalog.Current.ChecksEver["a"].Id, Is.EqualTo(id));
        await ApplyAsync([RunningOrchestrator.TcpCheck("a")]);
        Assert.That(_orchestrator.Catalog.Current.Checks["a"].Id, Is.EqualTo(id));
        Assert.That(Revision("a"), Is.EqualTo(2));
    }

    [Test]
    public async Task Readers_are_told_after_the_swap_and_only_when_something_changed()
    {
        var seen = new List<int>();
        _orchestrator.Catalog.Changed += () => seen.Add(_orchestrator.Catalog.Current.Checks.Count);
        await ApplyAsync([RunningOrchestrator.TcpCheck("a")]);
        await ApplyAsync([RunningOrchestrator.TcpCheck("a")]);
        await _orchestrator.Catalog.RefreshAsync(CancellationToken.None);
        Assert.That(seen, Is.EqualTo(new[] { 1 }));
    }

    private Task<ApplyReport> ApplyAsync(Check[] checks) =>
        _orchestrator.Catalog.ApplyAsync(new DocumentSet(checks, [], []), dryRun: false, CancellationToken.None);

    private long Revision(string name) => _orchestrator.Catalog.Current.Checks[name].Check.Revision;
}
