using System.Collections.Immutable;
using Probes.Contracts.Checks;
using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;

namespace Probes.Tests.Testing;

/// <summary>A catalog that is what a test says it is.</summary>
internal sealed class FixedCatalog : ICatalog
{
    public CatalogSnapshot Current { get; set; } = CatalogSnapshot.Empty;

    public event Action Changed = delegate { };

    /// <summary>One check, id 1, "shop", and one agent for each place given as "location=region"; ids from 1 on.</summary>
    public static FixedCatalog Of(TimeSpan interval, params string[] places)
    {
        var check = new CatalogCheck(1, new Check { Name = "shop", Interval = interval, Probe = new TcpSpec { Host = "shop.test", Port = 443 } }, default, false);
        var locations = places.Select(p => p.Split('=')).Select(p => new Location { Name = p[0], Region = p[1], Latitude = 1, Longitude = 2 }).ToList();
        var agents = locations.Select((l, i) => new CatalogAgent(i + 1, $"agent-{i + 1}", l.Name, l.Name, false, default)).ToList();
        return new FixedCatalog
        {
            Current = CatalogSnapshot.Empty with
            {
                Checks = ImmutableSortedDictionary.CreateRange(StringComparer.Ordinal, [KeyValuePair.Create("shop", check)]),
                ChecksById = ImmutableDictionary.CreateRange([KeyValuePair.Create(1, check)]),
                Locations = locations.ToImmutableSortedDictionary(l => l.Name, l => l, StringComparer.Ordinal),
                AgentsById = agents.ToImmutableDictionary(a => a.Id),
            },
        };
    }

    public void Raise() => Changed();

    public Task<ApplyReport> ApplyAsync(DocumentSet documents, bool dryRun, CancellationToken ct) => throw new NotSupportedException();

    public Task<bool> DeleteCheckAsync(string name, CancellationToken ct) => throw new NotSupportedException();

    public Task<bool> DeleteWindowAsync(string name, CancellationToken ct) => throw new NotSupportedException();

    public Task RefreshAsync(CancellationToken ct) => Task.CompletedTask;
}
