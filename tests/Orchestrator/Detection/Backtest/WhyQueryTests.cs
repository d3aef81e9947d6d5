using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Probes.Contracts.Checks;
using Probes.Tests.Testing;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Backtest;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Orchestrator.Detection.Backtest;

public sealed class WhyQueryTests
{
    [Test]
    public async Task Any_minute_of_the_past_says_what_was_so_then()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40);
        await past.PassAsync(10, eastMs: 150);
        await past.PassAsync(30);
        var before = await AskAsync(past, 35);
        Assert.That((before.Level, before.Live, before.At), Is.EqualTo((Level.Healthy, false, PastWorld.Noon.AddMinutes(35))));
        Assert.That(before.Summary, Does.StartWith("Not flagged. 0 of "));

        var during = await AskAsync(past, 45);
        Assert.That((during.Level, during.Shows, during.Since), Is.EqualTo((Level.Degraded, true, PastWorld.Noon.AddMinutes(40))));
        Assert.That(during.Summary, Does.StartWith("Flagged, for all that is asked for was so. "));
        Assert.That(during.Conditions.Where(c => c.Of == Explanation.Latency).Select(c => c.Met), Is.All.True);
        Assert.That(during.Incidents, Has.Count.EqualTo(1));
        var wait = during.Phases[0];
        Assert.That((wait.Phase, wait.NowMs, wait.BaselineMs), Is.EqualTo((Phase.Wait, wait.NowMs, wait.BaselineMs)));
        Assert.That((wait.NowMs, wait.BaselineMs), Is.EqualTo(((double?)during.Evidence.PhaseMedianMs, (double?)during.Evidence.PhaseBaselineMedianMs)), "the same runs as the detector merged");

        var after = await AskAsync(past, 65);
        Assert.That((after.Level, after.Incidents.Count), Is.EqualTo((Level.Healthy, 0)));
        Assert.That((await AskAsync(past, 45, "eu-west")).Level, Is.EqualTo(Level.Healthy));
    }

    [Test]
    public async Task The_first_of_two_judgments_says_that_it_was_the_first()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40);
        await past.PassAsync(3, eastMs: 68);
        var answers = new List<WhyAnswer>();
        for (var minute = 40; minute < 43; minute++)
        {
            answers.Add(await AskAsync(past, minute));
        }

        var first = answers.First(a => a.Level != Level.Healthy || a.Suspected);
        Assert.That(first.Suspected ? first.Summary : "Not flagged yet", Does.StartWith("Not flagged yet"));
        Assert.That(first.Suspected ? first.Summary : "this was the first.", Does.EndWith("this was the first."));
    }

    [Test]
    public async Task Now_is_what_live_detection_says()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(40);
        await past.PassAsync(5, eastMs: 150);
        var now = await Query(past).AskAsync("shop", "us-east", null, default);
        Assert.That((now.Live, now.Level, now.Sentence), Is.EqualTo((true, Level.Degraded, past.Verdicts.Of("shop", "us-east").Sentence)));
        Assert.That(now.Settings["shiftMs"], Is.EqualTo(20));
    }

    [Test]
    public async Task What_nothing_is_known_of_is_neither_flagged_nor_healthy()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(10);
        var early = await AskAsync(past, 1);
        Assert.That((early.Level, early.Summary[..28]), Is.EqualTo((Level.Unknown, "Neither flagged nor healthy.")));
        Assert.That(early.Conditions.Single(c => c.Name == "baseline").Met, Is.False);
    }

    [Test]
    public async Task Long_into_an_incident_it_is_still_held_against_what_was_before()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(90);
        await past.PassAsync(240, eastMs: 150);
        var late = await AskAsync(past, 320);
        Assert.That((late.Level, late.Since), Is.EqualTo((Level.Degraded, PastWorld.Noon.AddMinutes(90))));
        Assert.That(late.Evidence.BaselineMedianMs, Is.EqualTo(45).Within(3));
    }

    private static Task<WhyAnswer> AskAsync(PastWorld past, int minute, string region = "us-east") =>
        Query(past).AskAsync("shop", region, PastWorld.Noon.AddMinutes(minute).AddSeconds(20), default);

    private static WhyQuery Query(PastWorld past) => new(past.Catalog, past.Store, new NoTiers(), new MaintenanceBook(past.Database.Contexts, NullLogger<MaintenanceBook>.Instance), past.Incidents, past.Engines, past.Verdicts,
        Options.Create(new DetectorOptions()), Options.Create(new StoreOptions()), past.Time);
}
