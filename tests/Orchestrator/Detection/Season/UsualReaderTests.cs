using Microsoft.EntityFrameworkCore;
using Probes.Tests.Orchestrator.Detection.Backtest;

namespace Probes.Tests.Orchestrator.Detection.Season;

/// <summary>A past of four days with a slow half hour at three in the afternoon each, as a live worker sees it.</summary>
public sealed class UsualReaderTests
{
    [Test]
    public async Task What_recurs_daily_opens_incidents_at_first_and_then_none([Values(false, true)] bool confirmed)
    {
        await using var past = await PastWorld.CreateAsync();
        for (var day = 0; day < 4; day++)
        {
            if (day == 3 && confirmed)
            {
                await using var db = await past.Database.Contexts.CreateDbContextAsync();
                await db.Incidents.ExecuteUpdateAsync(i => i.SetProperty(x => x.Finding, "confirmed"));
            }

            await past.PassAsync(180);
            await past.PassAsync(30, eastMs: 150);
            await past.PassAsync(60);
            past.Skip(TimeSpan.FromMinutes(1440 - 270));
        }

        var days = (await past.ImpactsAsync()).Select(i => (i.StartedAt - PastWorld.Noon).Days).Distinct();
        Assert.That(days, Is.EqualTo(confirmed ? new[] { 0, 1, 2, 3 } : [0, 1, 2]), "three days are learned from, unless people said that they were real");
    }
}
