using Google.Protobuf;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Ingest;

/// <summary>Batches as agents send them.</summary>
internal static class Batches
{
    public static ResultBatch Make(int count, long first = 1, string agent = "agent-1", long epoch = 5, string check = "shop", DateTimeOffset? now = null)
    {
        var batch = new ResultBatch { AgentId = agent, Epoch = epoch, FirstSequence = first, Checks = { check }, EngineVersion = "1" };
        for (var i = 0; i < count; i++)
        {
            batch.Results.Add(WireResults.ToWire(Testing.Results.Passed((int)first + i, check, now ?? Testing.Results.Now), 0));
        }

        return batch;
    }

    public static byte[] Bytes(int count, long first = 1, string agent = "agent-1", long epoch = 5, string check = "shop", DateTimeOffset? now = null) =>
        Make(count, first, agent, epoch, check, now).ToByteArray();
}
