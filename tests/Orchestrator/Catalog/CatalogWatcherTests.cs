using Probes.Contracts.Documents;
using Probes.Orchestrator.Catalog;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Catalog;

public sealed class CatalogWatcherTests
{
    [Test]
    public async Task Files_are_applied_when_they_change_and_bad_ones_change_nothing()
    {
        var folder = Directory.CreateTempSubdirectory("probes-watch-");
        try
        {
            var file = Path.Combine(folder.FullName, "shop.yaml");
            await File.WriteAllTextAsync(file, Document("10s"));
            await using var orchestrator = await RunningOrchestrator.StartAsync(("Catalog:Watch", folder.FullName), ("Catalog:WatchSeconds", "1"));
            await Until(() => Interval(orchestrator) == 10, "the first file is applied");

            await File.WriteAllTextAsync(file, Document("10s").Replace("interval", "intervall", StringComparison.Ordinal));
            await Until(() => Errors(orchestrator) is [{ Line: 6 }], "the error is kept");
            Assert.That(Errors(orchestrator)[0].File, Is.EqualTo(file));
            Assert.That(Interval(orchestrator), Is.EqualTo(10));

            await File.WriteAllTextAsync(file, Document("20s"));
            await Until(() => Interval(orchestrator) == 20 && Errors(orchestrator).Count == 0, "the mended file is applied");
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static double Interval(RunningOrchestrator orchestrator) =>
        orchestrator.Catalog.Current.Checks.TryGetValue("shop", out var check) ? check.Check.Interval.TotalSeconds : 0;

    private static IReadOnlyList<DocumentError> Errors(RunningOrchestrator orchestrator) =>
        orchestrator.Get<CatalogWatchStatus>().Current.Errors;

    private static Task Until(Func<bool> holds, string what) =>
        Poll.UntilAsync(() => Task.FromResult(holds()), TimeSpan.FromSeconds(15), what);

    private static string Document(string interval) =>
        $"""
        apiVersion: probes/v1
        kind: Check
        metadata:
          name: shop
        spec:
          interval: {interval}
          tcp:
            host: shop.example.com
            port: 443

        """;
}
