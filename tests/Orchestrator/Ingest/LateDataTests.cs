using System.Text.Json;
using Probes.Orchestrator.Ingest;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Ingest;

public sealed class LateDataTests
{
    [Test]
    public async Task What_an_agent_measured_while_it_was_cut_off_for_a_day_lands_in_its_own_minutes_and_alarms_nobody()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        await orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("shop"));
        var (agent, _) = await orchestrator.EnrolAsync("local", "eu-1");
        using var api = orchestrator.Client(orchestrator.AdminKey);
        var now = TimeProvider.System.GetUtcNow();
        var then = now.AddHours(-26);

        // Results of a minute that went wrong a day ago, and some from before anything is kept.
        var failed = Batches.Make(40, 1, agent, now: then);
        foreach (var result in failed.Results)
        {
            (result.Status, result.Source, result.Reason) = (Wire.RunStatus.Failed, Wire.FailureSource.Target, "connect_refused");
        }

        var ancient = Batches.Make(5, 41, agent, now: now.AddDays(-40));
        var intake = orchestrator.Get<BatchIntake>();
        foreach (var batch in new[] { failed, ancient, failed })
        {
            await intake.TakeAsync([new RawBatch { Body = Google.Protobuf.MessageExtensions.ToByteArray(batch), UserId = agent }], default);
        }

        var path = $"/api/v1/checks/shop/heatmap?metric=availability&from={Text(then.AddHours(-2))}&to={Text(then.AddHours(2))}&step=3600";
        await Poll.UntilAsync(async () => Values(await api.GetStringAsync(path)).Count == 1, TimeSpan.FromSeconds(30), "the heatmap has it");
        Assert.That(Values(await api.GetStringAsync(path)).Single(), Is.Zero, "nothing was available then");
        Assert.That(Values(await api.GetStringAsync($"/api/v1/checks/shop/heatmap?metric=availability&from={Text(now.AddHours(-20))}&to={Text(now)}&step=3600")), Is.Empty);

        var metrics = await api.GetStringAsync("/metrics");
        Assert.That(metrics, Does.Contain("probes_results_received_total 85\n").And.Contain("probes_results_stored_total 40\n").And.Contain("probes_results_duplicate_total 40\n"));
        Assert.That(metrics, Does.Contain("probes_results_rejected_total{reason=\"expired\"} 5\n"));
        Assert.That(JsonElement.Parse(await api.GetStringAsync("/api/v1/incidents")).GetArrayLength(), Is.Zero);
    }

    private static string Text(DateTimeOffset time) => Uri.EscapeDataString(time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:00:00'Z'", System.Globalization.CultureInfo.InvariantCulture));

    private static List<double> Values(string heatmap) =>
    [
        .. JsonElement.Parse(heatmap).GetProperty("regions").EnumerateArray().SelectMany(r => r.GetProperty("values").EnumerateArray())
            .Where(v => v.ValueKind == JsonValueKind.Number).Select(v => v.GetDouble()),
    ];
}
