using System.Net;
using System.Text.Json;
using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Results;
using Probes.Orchestrator.Ingest;
using Probes.Tests.Testing;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Api;

/// <summary>What agents give up, from the batch to whoever asks.</summary>
public sealed class GapTests
{
    [Test]
    public async Task What_an_agent_reports_dropped_is_listed_counted_and_told_apart_from_what_it_missed()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        await orchestrator.ApplyAsync(RunningOrchestrator.TcpCheck("shop"));
        var (id, _) = await orchestrator.EnrolAsync("local", "eu-1");
        var now = TimeProvider.System.GetUtcNow();
        var batch = new Wire.ResultBatch { AgentId = id, Epoch = 5, FirstSequence = 1, Checks = { "shop", "" }, EngineVersion = "1" };
        batch.Results.Add(WireResults.ToWire(Results.Passed(1, "shop", now.AddSeconds(-30)), 0));
        batch.Results.Add(WireGaps.ToWire(new RunGap("shop", GapReason.SpoolFull, 7, now.AddMinutes(-3), now.AddMinutes(-2)), 0));
        batch.Results.Add(WireGaps.ToWire(new RunGap("", GapReason.Corrupt, 2, now.AddMinutes(-9), now.AddMinutes(-9)), 1));
        batch.Results.Add(WireGaps.ToWire(new RunGap("shop", GapReason.Disk, 1, now.AddDays(40), now.AddDays(40)), 0));
        for (var times = 0; times < 2; times++)
        {
            await orchestrator.Get<BatchIntake>().TakeAsync([new RawBatch { Body = batch.ToByteArray(), UserId = id }], default);
        }

        using var admin = orchestrator.Client(orchestrator.AdminKey);
        var gaps = JsonElement.Parse(await admin.GetStringAsync("/api/v1/gaps"));
        Assert.That(gaps.EnumerateArray().Select(g => (g.GetProperty("check").GetString(), g.GetProperty("agent").GetString(), g.GetProperty("reason").GetString(), g.GetProperty("runs").GetInt64())),
            Is.EqualTo(new[] { ("shop", "eu-1", "spoolFull", 7L), ("", "eu-1", "corrupt", 2L) }));
        Assert.That(JsonElement.Parse(await admin.GetStringAsync("/api/v1/gaps?check=shop")).GetArrayLength(), Is.EqualTo(1));
        Assert.That((await admin.GetAsync("/api/v1/gaps?check=none")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That(await (await admin.GetAsync("/api/v1/gaps?limit=0")).Content.ReadAsStringAsync(), Does.Contain("1 to 1000"));

        // Twice received, once stored, the absurd one rejected each time; dropped stands apart.
        var metrics = await admin.GetStringAsync("/metrics");
        Assert.That(metrics, Does.Contain("probes_results_received_total 4\n").And.Contain("probes_results_stored_total 1\n").And.Contain("probes_results_duplicate_total 1\n"));
        Assert.That(metrics, Does.Contain("probes_results_rejected_total{reason=\"future\"} 2\n"));
        Assert.That(metrics, Does.Contain("probes_results_dropped_total{reason=\"spool_full\"} 7\n").And.Contain("probes_results_dropped_total{reason=\"corrupt\"} 2\n"));
    }
}
