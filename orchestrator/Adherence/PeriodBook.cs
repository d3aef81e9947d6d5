using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Leadership;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;

namespace Probes.Orchestrator.Adherence;

/// <summary>Schedule periods as stored.</summary>
internal sealed class PeriodBook(IDbContextFactory<ProbesContext> contexts)
{
    /// <summary>Rows of one statement.</summary>
    private const int AtOnce = 500;

    public async Task<IReadOnlyList<SchedulePeriod>> OpenAsync(CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        return [.. (await db.SchedulePeriods.AsNoTracking().Where(p => p.ToAt == null).ToListAsync(ct)).Select(Read)];
    }

    /// <summary>Those that overlap a span of minutes.</summary>
    /// <param name="checkId">Null: of all checks.</param>
    public async Task<IReadOnlyList<SchedulePeriod>> ReadAsync(int? checkId, long from, long to, CancellationToken ct)
    {
        var (since, until) = (Time(from), Time(to));
        await using var db = await contexts.CreateDbContextAsync(ct);
        var rows = await db.SchedulePeriods.AsNoTracking()
            .Where(p => (checkId == null || p.CheckId == checkId) && p.FromAt < until && (p.ToAt == null || p.ToAt > since)).ToListAsync(ct);
        return [.. rows.Select(Read)];
    }

    /// <summary>All of it or nothing.</summary>
    public async Task WriteAsync(PeriodPlan plan, ILeadership leadership, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await using var transaction = await leadership.BeginAsync(db, ct);
        foreach (var group in plan.Closed.GroupBy(c => (c.To, Never: c.To == c.Period.From)))
        {
            var to = Time(group.Key.To);
            foreach (var some in group.Chunk(AtOnce))
            {
                var checks = some.Select(c => c.Period.Place.CheckId).Distinct().ToArray();
                var places = some.Select(c => c.Period.Place).ToHashSet();
                var rows = (await db.SchedulePeriods.Where(p => p.ToAt == null && checks.Contains(p.CheckId)).ToListAsync(ct))
                    .Where(r => places.Contains(new SchedulePlace(r.CheckId, r.Location))).ToList();
                if (group.Key.Never)
                {
                    db.RemoveRange(rows);
                }
                else
                {
                    rows.ForEach(r => r.ToAt = to);
                }
            }
        }

        // What leaves goes first: what comes may begin in the same minute.
        await db.SaveChangesAsync(ct);
        db.AddRange(plan.Opened.Select(p => new SchedulePeriodEntity
        {
            CheckId = p.Place.CheckId,
            Location = p.Place.Location,
            IntervalUs = p.Interval.Ticks / TimeSpan.TicksPerMicrosecond,
            FromAt = Time(p.From),
        }));
        await db.SaveChangesAsync(ct);
        await transaction.CommitAsync(ct);
    }

    public async Task ForgetAsync(DateTimeOffset before, CancellationToken ct)
    {
        await using var db = await contexts.CreateDbContextAsync(ct);
        await db.SchedulePeriods.Where(p => p.ToAt < before).ExecuteDeleteAsync(ct);
    }

    private static SchedulePeriod Read(SchedulePeriodEntity p) => new(
        new SchedulePlace(p.CheckId, p.Location), TimeSpan.FromMicroseconds(p.IntervalUs), PeriodPlan.Minute(p.FromAt), p.ToAt is { } to ? PeriodPlan.Minute(to) : null);

    private static DateTimeOffset Time(long minute) => DateTimeOffset.UnixEpoch.AddMinutes(minute);
}
