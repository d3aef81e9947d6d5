using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Tests.Orchestrator.Detection.Backtest;

namespace Probes.Tests.Orchestrator.Detection.Incidents;

public sealed class IncidentRetentionTests
{
    [Test]
    public async Task Incidents_go_with_all_that_is_told_of_them_when_they_ended_long_ago_and_open_ones_stay()
    {
        await using var past = await PastWorld.CreateAsync();
        await past.PassAsync(60);
        await past.PassAsync(10, eastFailing: 1);
        await past.PassAsync(40);
        await past.PassAsync(10, eastFailing: 1);
        var before = await past.Incidents.ListAsync(new IncidentQuery(), default);
        Assert.That(before.Select(i => i.EndedAt is null), Is.EqualTo(new[] { true, false }));

        Assert.That(await past.Incidents.ForgetAsync(before[1].EndedAt!.Value, default), Is.Zero, "not before it ended");
        Assert.That(await past.Incidents.ForgetAsync(past.Time.GetUtcNow().AddDays(1), default), Is.GreaterThanOrEqualTo(4), "itself, its part, and what happened to it");
        Assert.That((await past.Incidents.ListAsync(new IncidentQuery(), default)).Select(i => i.Id), Is.EqualTo(new[] { before[0].Id }));
        await using var db = await past.Database.Contexts.CreateDbContextAsync();
        Assert.That(await db.Impacts.Select(i => i.IncidentId).Concat(db.IncidentEvents.Select(e => e.IncidentId)).Distinct().ToListAsync(), Is.EqualTo(new[] { before[0].Id }));
    }
}
