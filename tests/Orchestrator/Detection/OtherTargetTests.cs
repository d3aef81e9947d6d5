using System.Collections.Immutable;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Season;
using Probes.Tests.Orchestrator.Detection.Backtest;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection;

/// <summary>A check that is told to probe something else is held against that, not against what it probed before.</summary>
public sealed class OtherTargetTests
{
    [Test]
    public async Task Another_target_that_is_slower_opens_no_incident_and_is_what_comes_after_is_held_against()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(90);
        Retarget(past);
        await past.PassAsync(40, eastMs: 150, westMs: 150);
        var verdict = past.Verdicts.Of("shop", "us-east");
        Assert.That((verdict.Level, verdict.Evidence.BaselineMedianMs > 150), Is.EqualTo((Level.Healthy, true)), verdict.Sentence);
        Assert.That(verdict.Evidence.LeftOut, Is.EqualTo(new[] { "runs before 2026-01-31 13:31 UTC, when it probed something else" }));
        Assert.That(verdict.Sentence, Does.EndWith("left out: runs before 2026-01-31 13:31 UTC, when it probed something else."));
        Assert.That(await past.ImpactsAsync(), Is.Empty);

        await past.PassAsync(10, eastMs: 300, westMs: 150);
        Assert.That((await past.ImpactsAsync()).Select(i => i.Region), Is.EqualTo(new[] { "us-east" }));
        var replayed = await past.ReplayAsync();
        Assert.That(replayed.Current.Episodes.Select(e => (e.Region, Late: e.FlaggedAt > PastWorld.Noon.AddMinutes(129))), Is.EqualTo(new[] { ("us-east", true) }), "a backtest over the change says the same");
    }

    [Test]
    public async Task What_was_flagged_of_the_old_target_ends_when_the_new_one_is_known_to_be_well([Values] bool restarted)
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(90);
        await past.PassAsync(10, eastMs: 300);
        Retarget(past);
        await past.PassAsync(2, eastMs: 150);
        Assert.That((past.Verdicts.Of("shop", "us-east").Level, (await past.ImpactsAsync())[0].EndedAt), Is.EqualTo((Level.Unknown, (DateTimeOffset?)null)), "nothing is known yet, and that ends no incident");
        if (restarted)
        {
            past.Restart();
        }

        await past.PassAsync(20, eastMs: 150);
        Assert.That((past.Verdicts.Of("shop", "us-east").Level, (await past.ImpactsAsync())[0].EndedAt is null), Is.EqualTo((Level.Healthy, false)));
    }

    [Test]
    public async Task After_a_start_nothing_of_before_is_read_neither_minutes_nor_hours()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(8 * 60);
        Retarget(past);
        await past.PassAsync(5 * 60);
        var now = past.Time.GetUtcNow();
        var watches = new Watches(new Blamer(), new DetectorOptions(), new Seasons(past.Store, new NoTiers(), past.Incidents));
        await watches.LoadAsync(past.Store, past.Catalog.Current, [], now, now, default);
        await watches.RecallAsync(past.Catalog.Current, now, 10, default);
        var history = watches.Of("shop", "us-east", now).History;
        var first = MinuteHistory.MinuteOf(PastWorld.Noon.AddHours(8)) + 1;
        Assert.That(history.Baseline(MinuteHistory.MinuteOf(now), 2 * MinuteHistory.Day)!.From, Is.GreaterThanOrEqualTo(MinuteHistory.Start(first)));

        // Of five hours the first is of both targets, and the last two are read by the minute; six runs a minute.
        Assert.That(history.Older.Sum.Passed, Is.EqualTo(2 * 60 * 6));
    }

    private static void Retarget(PastWorld past)
    {
        var catalog = past.Catalog.Current;
        var check = catalog.Checks["shop"] with { ProbedSince = past.Time.GetUtcNow() };
        past.Catalog.Current = catalog with { Checks = catalog.Checks.SetItem("shop", check), ChecksById = ImmutableDictionary.CreateRange([KeyValuePair.Create(1, check)]) };
    }
}
