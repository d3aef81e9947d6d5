using System.Collections;
using System.Diagnostics.CodeAnalysis;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Blame;
using Probes.Orchestrator.Detection.Season;
using Probes.Orchestrator.Maintenance;
using Probes.Orchestrator.Rollups;
using Probes.Orchestrator.Sessions;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection;

public sealed class WatchesTests
{
    private static readonly DateTimeOffset Noon = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Test]
    public void All_agents_are_looked_at_once_a_round_and_not_once_for_each_pair()
    {
        var snapshot = FixedCatalog.Of(TimeSpan.FromSeconds(10), [.. Enumerable.Range(1, 50).Select(i => $"place{i}=region{i}")]).Current;
        var engines = new CountedEngines(Enumerable.Range(1, 50).ToDictionary(i => i, _ => new AgentEngine("1", 0)));
        var watches = new Watches(new Blamer(), new DetectorOptions(), new Seasons(new RollupsInMemory(), new NoTiers(), null!)) { Engines = _ => engines };
        var minute = MinuteHistory.MinuteOf(Noon);
        var round = watches.Judge(snapshot, MaintenanceCalendar.Of(snapshot, [], minute - 5, minute + 1), Noon);
        Assert.That(round.Verdicts, Has.Count.EqualTo(50));
        Assert.That(engines.Looks, Is.LessThanOrEqualTo(2));
    }

    [Test]
    public async Task After_a_start_failures_are_held_against_three_days_of_hours_and_what_is_flagged_is_read_first()
    {
        var one = FixedCatalog.Of(TimeSpan.FromMinutes(1), "use1=us-east").Current;
        var shop = one.Checks["shop"];
        CatalogCheck other = shop with { Id = 2, Check = shop.Check with { Name = "login" } };
        var snapshot = one with { Checks = one.Checks.Add("login", other), ChecksById = one.ChecksById.Add(2, other) };
        var store = new RollupsInMemory();
        for (var minute = 1; minute <= 100 * 60; minute++)
        {
            store.Add(1, 1, Noon.AddMinutes(-minute), new StoredRun(RunStatus.Passed, FailureSource.None, 40_000, -1, -1, -1, -1, -1, -1));
            store.Add(2, 1, Noon.AddMinutes(-minute), new StoredRun(RunStatus.Passed, FailureSource.None, 40_000, -1, -1, -1, -1, -1, -1));
        }

        var watches = new Watches(new Blamer(), new DetectorOptions(), new Seasons(store, new NoTiers(), null!));
        watches.Of("login", "us-east", Noon).Resume(Level.Degraded, Noon.AddHours(-5));
        await watches.RecallAsync(snapshot, Noon, 1, default);
        Assert.That(watches.Of("shop", "us-east", Noon).History.Older.Sum.Passed, Is.Zero);
        await watches.RecallAsync(snapshot, Noon, 1, default);
        await watches.LoadAsync(store, snapshot, [], Noon, Noon, default);

        // Two minutes before the hour are not over; the last 71 are read by the minute.
        foreach (var check in new[] { "login", "shop" })
        {
            Assert.That(watches.Of(check, "us-east", Noon).History.Older.Sum.Passed, Is.EqualTo(71 * 60), check);
        }
    }

    /// <summary>Counts how often all of them are looked at.</summary>
    private sealed class CountedEngines(Dictionary<int, AgentEngine> all) : IReadOnlyDictionary<int, AgentEngine>
    {
        public int Looks { get; private set; }

        public IEnumerable<int> Keys => Look(all.Keys);

        public IEnumerable<AgentEngine> Values => Look(all.Values);

        public int Count => all.Count;

        public AgentEngine this[int key] => all[key];

        public bool ContainsKey(int key) => all.ContainsKey(key);

        public bool TryGetValue(int key, [MaybeNullWhen(false)] out AgentEngine value) => all.TryGetValue(key, out value);

        public IEnumerator<KeyValuePair<int, AgentEngine>> GetEnumerator() => Look(all).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        private IEnumerable<T> Look<T>(IEnumerable<T> these)
        {
            Looks++;
            return these;
        }
    }
}
