using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Probes.Contracts.Results;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection.Confirmation;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Sessions;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Detection.Confirmation;

/// <summary>A confirmer over a real store, whose agents are what a test says.</summary>
internal static class ConfirmerUnderTest
{
    public static Confirmer Of(ICatalog catalog, IAgentRegistry agents, StoreUnderTest store, TimeProvider time, RunOn? runOn = null, ConfirmationOptions? options = null)
    {
        var meters = new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<IMeterFactory>();
        return new Confirmer(catalog, agents, new EngineBook(store.Contexts), runOn ?? ((_, _, _, _) => Task.FromResult<IReadOnlyList<OnDemandRun>?>(null)), new ConfirmationBook(store.Contexts), new ConfirmationMetrics(meters),
            Options.Create(options ?? new ConfirmationOptions()), time, NullLogger<Confirmer>.Instance);
    }

    public static RunResult Result(DateTimeOffset due, bool passed, FailureSource source = FailureSource.Network, string unfit = "") => new()
    {
        Check = "shop",
        CheckRevision = 1,
        Due = due,
        Status = passed ? RunStatus.Passed : RunStatus.Failed,
        Source = passed ? FailureSource.None : source,
        Reason = passed ? "" : "connect_refused",
        Duration = TimeSpan.FromMilliseconds(12),
        Address = "192.0.2.7:443",
        Unfit = unfit,
    };
}
