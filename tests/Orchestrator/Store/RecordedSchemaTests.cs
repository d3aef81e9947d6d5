using System.IO.Compression;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Time.Testing;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Rollups.Tiers;
using Probes.Orchestrator.Store;
using Probes.Tests.Structure;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Store;

/// <summary>The way from each schema there was to today's, with data that version wrote: nothing is lost, and it goes on from there.</summary>
[TestFixture("sqlite", "0.1")]
[TestFixture("sqlite", "0.2")]
[TestFixture("postgres", "0.1")]
[TestFixture("postgres", "0.2")]
internal sealed class RecordedSchemaTests(string engine, string version)
{
    private FakeTimeProvider _time = null!;
    private StoreUnderTest _under = null!;
    private Dictionary<RollupKey, long> _rollups = null!;
    private long _results;
    private DateTimeOffset _from;

    [SetUp]
    public async Task RestoreAsync()
    {
        _time = new FakeTimeProvider();
        _under = await StoreUnderTest.OfScriptAsync(engine, await ReadAsync(), _time);
        await using var db = _under.Contexts.CreateDbContext();
        _results = await db.Database.SqlQueryRaw<long>("SELECT count(*) AS \"Value\" FROM results").SingleAsync();
        var first = await db.Database.SqlQueryRaw<long>("SELECT cast(min(minute) AS bigint) AS \"Value\" FROM results").SingleAsync();
        Assert.That(_results, Is.GreaterThan(2000));
        Assert.That(await db.Database.GetPendingMigrationsAsync(), Is.Not.Empty, "this is an older schema");
        _from = DateTimeOffset.FromUnixTimeSeconds(first * 60);
        _time.SetUtcNow(_from.AddMinutes(10));
        await db.Database.MigrateAsync();
        _rollups = (await _under.Store.ReadRollupsAsync(_from, _from.AddHours(1), default)).ToDictionary(r => r.Key, r => r.Rollup.Counts.Told);
    }

    [TearDown]
    public async Task CloseAsync() => await _under.DisposeAsync();

    [Test]
    public async Task Results_rollups_and_definitions_are_as_they_were()
    {
        await using var db = _under.Contexts.CreateDbContext();
        Assert.That(await db.Database.GetPendingMigrationsAsync(), Is.Empty);
        Assert.That(await db.Checks.CountAsync(), Is.EqualTo(4));
        Assert.That(await db.Locations.CountAsync(), Is.EqualTo(5));
        Assert.That(await db.Agents.Select(a => a.Version).Distinct().ToListAsync(), Is.EqualTo(new[] { version + ".0" }));
        var incidents = await new IncidentReader(_under.Contexts).ListAsync(new IncidentQuery(), default);
        Assert.That(incidents, Has.Count.GreaterThan(1));
        Assert.That(incidents.Select(i => i.Impacts.Single()).Select(i => (i.Check[..5], i.Summary.Length > 5, i.Evidence.Runs > 0)), Is.All.EqualTo(("shop-", true, true)));
        Assert.That(incidents.Select(i => (i.Project, i.Cause.Culprit, i.Cause.Region == i.Impacts[0].Region)), Is.All.EqualTo(("default", Culprit.Route, true)));

        var (read, cursor) = (0, (string?)null);
        do
        {
            var page = await _under.Store.ReadResultsAsync(new ResultQuery { Limit = 1000, Cursor = cursor }, default);
            Assert.That(page.Items.Select(i => i.Result.Check), Is.All.StartWith("shop-"));
            (read, cursor) = (read + page.Items.Count, page.NextCursor);
        }
        while (cursor is not null);
        Assert.That((read, _rollups.Values.Sum()), Is.EqualTo((_results, _results)));
    }

    [Test]
    public async Task What_was_stored_then_is_known_and_what_is_new_is_stored()
    {
        var agent = _rollups.Keys.First().AgentId;
        await using var db = _under.Contexts.CreateDbContext();
        var epoch = await db.Database.SqlQueryRaw<long>("SELECT epoch AS \"Value\" FROM stored_ranges WHERE agent_id = {0}", agent).FirstAsync();
        var outcomes = await _under.Store.StoreAsync([Batches.Of(agent, 1, 5, _from.AddMinutes(8), epoch: epoch), Batches.Of(agent, 1_000_000, 5, _from.AddMinutes(-16_666 + 8), epoch: epoch)], default);
        Assert.That(outcomes, Is.EqualTo(new[] { new StoreOutcome(0, 5), new StoreOutcome(5, 0) }));
        await RollUpAsync();
        Assert.That((await _under.Store.ReadRollupsAsync(DateTimeOffset.UnixEpoch, _from.AddDays(1), default)).Sum(r => r.Rollup.Counts.Told), Is.EqualTo(_results + 5));
    }

    [Test]
    public async Task Rollups_made_again_are_those_of_then_and_hours_are_made_of_them()
    {
        await foreach (var _ in new RollupRebuild(_under.Store, _under.Tiers, _time).RunAsync(null, _from, _from.AddHours(1), default))
        {
        }

        Assert.That((await _under.Store.ReadRollupsAsync(_from, _from.AddHours(1), default)).ToDictionary(r => r.Key, r => r.Rollup.Counts.Told), Is.EquivalentTo(_rollups));
        _time.Advance(TimeSpan.FromDays(2));
        await new TierBuilder(_under.Store, _under.Tiers, _time).RunAsync(() => true, default);
        long told = 0;
        var first = Tier.Day.Floor(_from.ToUnixTimeSeconds() / 60);
        foreach (var check in _rollups.Keys.Select(k => k.CheckId).Distinct())
        {
            await _under.Tiers.VisitAsync(Tier.Day, check, first, first + 1440, (_, bytes) => told += RollupCodec.Counts(bytes).Told, default);
        }

        Assert.That(told, Is.EqualTo(_results));
    }

    private async Task RollUpAsync()
    {
        while (await _under.Store.ReadDirtyAsync(1000, default) is { Count: > 0 } keys)
        {
            await _under.Store.RollUpAsync(keys, default);
        }
    }

    private async Task<string> ReadAsync()
    {
        await using var file = File.OpenRead(Path.Combine(Repository.Root, "tests", "Orchestrator", "Store", "Recorded", $"{engine}-{version}.sql.gz"));
        await using var plain = new GZipStream(file, CompressionMode.Decompress);
        using var reader = new StreamReader(plain, Encoding.UTF8);
        return await reader.ReadToEndAsync();
    }
}
