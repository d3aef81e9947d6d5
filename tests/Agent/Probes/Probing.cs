using System.Diagnostics;
using System.Net;
using Probes.Agent.Policy;
using Probes.Agent.Probes;
using Probes.Contracts.Checks;

namespace Probes.Tests.Agent.Probes;

/// <summary>Runs one check as the agent does, and holds it to its time-out whatever the target does.</summary>
internal static class Probing
{
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(750);

    public static Task<ProbeOutcome> RunAsync(ProbeSpec probe, TimeSpan? timeout = null, IPEndPoint? resolver = null, params Assertion[] assertions) =>
        RunAsync(Catalog(resolver), probe, timeout, assertions);

    /// <summary>As for a person's own hand, unless a guard is given.</summary>
    public static ProbeCatalog Catalog(IPEndPoint? resolver = null, TargetGuard? guard = null) =>
        new(new ResolverOptions { Server = resolver }, guard ?? TargetGuard.Open, TimeProvider.System);

    public static async Task<ProbeOutcome> RunAsync(ProbeCatalog catalog, ProbeSpec probe, TimeSpan? timeout = null, params Assertion[] assertions)
    {
        var check = new Check { Name = "test", Probe = probe, Timeout = timeout ?? TimeSpan.FromSeconds(5), Assertions = assertions };
        using var limit = new CancellationTokenSource(check.Timeout);
        var clock = Stopwatch.StartNew();
        var outcome = await catalog.Find(probe.Kind)!.RunAsync(check, limit.Token, CancellationToken.None);
        Assert.That(clock.Elapsed, Is.LessThan(check.Timeout + Grace), "a run ends within its time-out");
        return outcome;
    }

    public static HttpSpec Http(string url) => new() { Url = new Uri(url) };

    public static string Verdict(this ProbeOutcome outcome) => $"{outcome.Status}/{outcome.Source}/{outcome.Reason}";
}
