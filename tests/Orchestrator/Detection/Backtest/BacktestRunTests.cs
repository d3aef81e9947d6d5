using Microsoft.EntityFrameworkCore;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Sessions;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection.Backtest;

public sealed class BacktestRunTests
{
    [Test]
    public async Task A_replay_flags_exactly_what_the_live_worker_flagged_when_both_look_at_the_same_moments([Range(1, 6)] int seed)
    {
        await using var past = await PastWorld.CreateAsync(seed);
        var random = new Random(seed);
        await past.PassAsync(40);
        for (var i = 0; i < 8; i++)
        {
            await past.PassAsync(random.Next(1, 15), eastMs: random.Next(3) == 0 ? 150 : 40, westMs: random.Next(4) == 0 ? 90 : 40, eastFailing: random.Next(3) == 0 ? random.NextDouble() : 0);
        }

        var report = await past.ReplayAsync();
        var impacts = await past.ImpactsAsync();
        Assert.That(impacts, Is.Not.Empty, "otherwise nothing is proved");
        Assert.That(report.Current.Episodes.OrderBy(e => e.Since).ThenBy(e => e.Region, StringComparer.Ordinal).Select(e => (e.Check, e.Region, e.Level, e.Since, e.EndedAt)),
            Is.EqualTo(impacts.Select(i => (i.Check, i.Region, i.Level, i.StartedAt, i.EndedAt))));
    }

    [Test]
    public async Task A_worker_that_looks_every_few_seconds_flags_the_same_within_the_minutes_that_a_replay_knows()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40, often: true);
        await past.PassAsync(10, eastMs: 150, often: true);
        await past.PassAsync(20, often: true);
        await past.PassAsync(8, eastFailing: 1, often: true);
        await past.PassAsync(15, often: true);
        var (report, impacts) = (await past.ReplayAsync(), await past.ImpactsAsync());
        Assert.That(report.Current.Episodes.Select(e => (e.Region, e.Level, e.Since)), Is.EqualTo(impacts.Select(i => (i.Region, i.Level, i.StartedAt))));
        foreach (var (episode, impact) in report.Current.Episodes.Zip(impacts))
        {
            Assert.That(episode.EndedAt, Is.EqualTo(impact.EndedAt!.Value).Within(TimeSpan.FromMinutes(2)));
        }
    }

    [Test]
    public async Task Settings_are_held_side_by_side_and_change_what_is_flagged()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40);
        await past.PassAsync(10, eastMs: 52);
        await past.PassAsync(20);
        await past.PassAsync(10, eastMs: 150);
        await past.PassAsync(10);
        var asItIs = await past.ReplayAsync();
        Assert.That((asItIs.Proposed, asItIs.Current.Episodes.Single().Since), Is.EqualTo(((BacktestSide?)null, PastWorld.Noon.AddMinutes(70))), "12 ms do not matter by default");

        var keen = await past.ReplayAsync(new Dictionary<string, double> { ["shiftMs"] = 5, ["shiftRatio"] = 0.1 });
        Assert.That((keen.Current.Episodes.Count, keen.Proposed!.Episodes.Count), Is.EqualTo((1, 2)));
        Assert.That((keen.Current.Settings["shiftMs"], keen.Proposed.Settings["shiftMs"], keen.Proposed.Settings["toLeave"]), Is.EqualTo((20, 5, 3)));

        var blunt = await past.ReplayAsync(new Dictionary<string, double> { ["shiftMs"] = 500 });
        Assert.That(blunt.Proposed!.Episodes, Is.Empty);
    }

    [Test]
    public async Task An_episode_says_since_when_what_and_whom_it_blames()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40);
        await past.PassAsync(10, eastMs: 150);
        await past.PassAsync(10);
        var report = await past.ReplayAsync(strict: true);
        var episode = report.Current.Episodes.Single();
        Assert.That((episode.Check, episode.Region, episode.Level, episode.Phase, episode.Cause!.Culprit), Is.EqualTo(("shop", "us-east", Level.Degraded, (Phase?)Phase.Wait, Culprit.Route)));
        Assert.That(episode.FlaggedAt, Is.EqualTo(PastWorld.Noon.AddMinutes(41)).Within(TimeSpan.FromMinutes(1.5)));
        Assert.That(episode.Sentence, Does.StartWith("us-east is degraded: wait is "));
        Assert.That((report.CheckRegions, report.From, report.To), Is.EqualTo((2, PastWorld.Noon, PastWorld.Noon.AddMinutes(60))));
    }

    [Test]
    public async Task What_people_found_decides_hits_false_alarms_and_misses()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40);
        await past.PassAsync(10, eastMs: 150);
        await past.PassAsync(30);
        await past.PassAsync(10, eastMs: 90);
        await past.PassAsync(10);
        await FindAsync(past, "confirmed", "dismissed");
        var report = await past.ReplayAsync(new Dictionary<string, double> { ["shiftMs"] = 70 });
        Assert.That(Score(report.Current), Is.EqualTo((1, 1, 0, 1, 0)));
        Assert.That(Score(report.Proposed!), Is.EqualTo((1, 0, 0, 1, 0)), "the dismissed one is not flagged any more");
        Assert.That(report.Current.Episodes.Select(e => e.Is), Is.EqualTo(new[] { EpisodeIs.Hit, EpisodeIs.FalseAlarm }));
        Assert.That(report.Incidents.Select(i => (i.Finding, i.Current.Flagged, i.Proposed!.Flagged)), Is.EqualTo(new[] { ("confirmed", true, true), ("dismissed", true, false) }));
        Assert.That(report.Current.Score.MedianDelaySeconds, Is.InRange(59, 120));

        await FindAsync(past, "confirmed", "confirmed");
        Assert.That(Score((await past.ReplayAsync(new Dictionary<string, double> { ["shiftMs"] = 70 })).Proposed!), Is.EqualTo((1, 0, 0, 1, 1)));
        await FindAsync(past, null, null);
        Assert.That(Score((await past.ReplayAsync(strict: true)).Current), Is.EqualTo((0, 0, 2, 0, 0)), "there are incidents, and nobody has said what they are");
    }

    [Test]
    public async Task What_overlaps_no_incident_is_a_false_alarm_only_when_that_is_asked_for()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40);
        await past.PassAsync(10, eastMs: 52);
        await past.PassAsync(10);
        var rule = new Dictionary<string, double> { ["shiftMs"] = 5, ["shiftRatio"] = 0.1 };
        Assert.That(Score((await past.ReplayAsync(rule)).Proposed!), Is.EqualTo((0, 0, 1, 0, 0)));
        Assert.That(Score((await past.ReplayAsync(rule, strict: true)).Proposed!), Is.EqualTo((0, 1, 0, 0, 0)));
    }

    [Test]
    public async Task What_began_before_the_span_is_known_and_does_not_become_its_baseline()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(80);
        await past.PassAsync(150, eastMs: 150);
        await past.PassAsync(10);
        var report = await past.ReplayAsync(from: PastWorld.Noon.AddMinutes(170));
        Assert.That(report.Current.Episodes.Select(e => (e.Region, e.Level)), Is.EqualTo(new[] { ("us-east", Level.Degraded) }));
        Assert.That(report.Incidents.Single().Current, Is.EqualTo(new IncidentSeen(true, null)), "its delay is not known");
    }

    [Test]
    public async Task Maintenance_is_as_it_was_also_by_windows_that_are_deleted_by_now()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40);
        var window = new MaintenanceWindow { Name = "upgrade", Checks = ["shop"], Regions = ["us-east"], From = PastWorld.Noon.AddMinutes(40), To = PastWorld.Noon.AddMinutes(50) };
        past.Catalog.Current = past.Catalog.Current with { Windows = past.Catalog.Current.Windows.SetItem("upgrade", new CatalogWindow(window, 1, PastWorld.Noon)) };
        await using (var db = await past.Database.Contexts.CreateDbContextAsync())
        {
            await MaintenanceRows.WriteAsync(db, [("upgrade", CheckDocuments.Write(window))], PastWorld.Noon, CancellationToken.None);
            await MaintenanceRows.DeleteAsync(db, "upgrade", PastWorld.Noon.AddMinutes(70), CancellationToken.None);
        }

        await past.PassAsync(10, eastMs: 150);
        await past.PassAsync(20);
        past.Catalog.Current = past.Catalog.Current with { Windows = CatalogSnapshot.Empty.Windows };
        Assert.That(await past.ImpactsAsync(), Is.Empty);
        Assert.That((await past.ReplayAsync()).Current.Episodes, Is.Empty);
    }

    [Test]
    public async Task A_replay_knows_by_which_engine_agents_measured_at_each_time()
    {
        await using var past = await PastWorld.CreateAsync();
        await NoteAsync(past, "1");
        await past.PassAsync(90);
        await NoteAsync(past, "2");
        await past.PassAsync(60, eastMs: 150, westMs: 150);
        Assert.That((await past.ImpactsAsync(), (await past.ReplayAsync()).Current.Episodes), Is.EqualTo((Array.Empty<Impact>(), Array.Empty<Episode>())), "another engine measures otherwise, and begins anew");

        await past.PassAsync(10, eastMs: 400, westMs: 150);
        var (impacts, replayed) = (await past.ImpactsAsync(), await past.ReplayAsync());
        Assert.That(replayed.Current.Episodes.Select(e => (e.Region, e.Since)), Is.EqualTo(impacts.Select(i => (i.Region, i.StartedAt))));
        Assert.That(impacts, Has.Count.EqualTo(1));

        async Task NoteAsync(PastWorld world, string engine)
        {
            await using var db = await world.Database.Contexts.CreateDbContextAsync();
            await EngineBook.NoteAsync(db, engine, [(1, world.Time.GetUtcNow()), (2, world.Time.GetUtcNow())], default);
        }
    }

    [TestCase("sqlite")]
    [TestCase("postgres")]
    public async Task Either_store_is_replayed(string engine)
    {
        await using var past = await PastWorld.CreateAsync();
        await using var stored = await StoreUnderTest.CreateAsync(engine, past.Time);
        await StoredPast.WriteAsync(stored.Store, agent: 1, minutes: 42, m => m is >= 30 and < 36 ? 150 : 40);
        await StoredPast.WriteAsync(stored.Store, agent: 2, minutes: 42, _ => 40);
        past.Time.SetUtcNow(PastWorld.Noon.AddMinutes(42));
        var report = await past.ReplayAsync(new Dictionary<string, double> { ["superiority"] = 1 }, store: stored.Store);
        Assert.That(report.Current.Episodes.Select(e => (e.Region, e.Level, e.Since)), Is.EqualTo(new[] { ("us-east", Level.Degraded, PastWorld.Noon.AddMinutes(30)) }));
    }

    private static (int, int, int, int, int) Score(BacktestSide side) => (side.Score.Hits, side.Score.FalseAlarms, side.Score.Undecided, side.Score.Found, side.Score.Missed);

    private static async Task FindAsync(PastWorld past, params string?[] findings)
    {
        await using var db = await past.Database.Contexts.CreateDbContextAsync();
        var rows = await db.Incidents.OrderBy(i => i.StartedAt).ToListAsync();
        Assert.That(rows, Has.Count.EqualTo(findings.Length));
        foreach (var (row, finding) in rows.Zip(findings))
        {
            row.Finding = finding;
        }

        await db.SaveChangesAsync();
    }
}
