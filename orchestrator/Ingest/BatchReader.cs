using Google.Protobuf;
using Probes.Contracts.Checks;
using Probes.Contracts.Mapping;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Fleet;
using Probes.Orchestrator.Store;
using Wire = Probes.Contracts.Wire;

namespace Probes.Orchestrator.Ingest;

/// <summary>What a body says, judged: either a batch to store, with what was left out and why, or a reason to take none of it.</summary>
/// <param name="Received">Results the body holds, as far as it could be read.</param>
/// <param name="Batch">Null when refused, or when no item is left.</param>
/// <param name="Refusal">Why the whole body is refused; empty when it is not.</param>
/// <param name="Rejected">Items left out, by reason; a refused body's results all stand here.</param>
internal sealed record BatchReading(int Received, ResolvedBatch? Batch, string Refusal, IReadOnlyDictionary<string, int> Rejected)
{
    /// <summary>Whose it says it is; empty when refused.</summary>
    public string AgentId { get; init; } = "";

    /// <summary>True when a name was not known; a newer catalog may know it.</summary>
    public bool NamesUnknown => Rejected.ContainsKey(BatchReader.UnknownAgent) || Rejected.ContainsKey(BatchReader.UnknownCheck);
}

/// <summary>Reads and judges batches; a pure function of body, catalog and time. One bad result never fails its batch.</summary>
internal static class BatchReader
{
    public const int MaxBytes = 1024 * 1024;
    public const int MaxResults = 10_000;
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    public const string UnknownAgent = "unknown_agent";
    public const string AgentDisabled = "agent_disabled";
    public const string UnknownCheck = "unknown_check";
    public const string Invalid = "invalid";
    public const string Future = "future";
    public const string Expired = "expired";
    /// <summary>A peer was to run it: the agent was cut off at that time.</summary>
    public const string Fenced = "fenced";
    public const string Oversized = "oversized";
    public const string Malformed = "malformed";

    /// <summary>Sent by somebody who may not send this agent's results.</summary>
    public const string Forged = "forged";

    public static BatchReading Read(ReadOnlyMemory<byte> body, CatalogSnapshot catalog, FenceSet fences, DateTimeOffset now, TimeSpan retention)
    {
        if (body.Length > MaxBytes)
        {
            return Refuse(0, Oversized, $"the message has {body.Length} bytes, allowed are {MaxBytes}");
        }

        Wire.ResultBatch batch;
        try
        {
            batch = Wire.ResultBatch.Parser.ParseFrom(body.Span);
        }
        catch (InvalidProtocolBufferException error)
        {
            return Refuse(0, Malformed, "the message is not a result batch: " + error.Message);
        }

        var count = batch.Results.Count;
        if (count > MaxResults)
        {
            return Refuse(count, Oversized, $"the batch has {count} results, allowed are {MaxResults}");
        }

        if (batch.Epoch <= 0 || batch.FirstSequence <= 0 || batch.FirstSequence > long.MaxValue - MaxResults || count == 0)
        {
            return Refuse(count, Malformed, "the batch has no results, no epoch or no first sequence");
        }

        if (!catalog.AgentsByPublicId.TryGetValue(batch.AgentId, out var agent))
        {
            return Refuse(count, UnknownAgent, $"no agent has the id '{Shown(batch.AgentId)}'");
        }

        return agent.Disabled
            ? Refuse(count, AgentDisabled, $"agent '{agent.Name}' is disabled")
            : Resolve(batch, agent, catalog, fences, now, retention);
    }

    /// <summary>The agent id of a serialized batch, without reading its results; null when it is no batch.</summary>
    public static string? ReadAgentId(ByteString body)
    {
        try
        {
            // The last one counts, as for the parser; so the whole body is walked.
            var agentId = "";
            var input = body.CreateCodedInput();
            for (var tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                if (tag == WireFormat.MakeTag(Wire.ResultBatch.AgentIdFieldNumber, WireFormat.WireType.LengthDelimited))
                {
                    agentId = input.ReadString();
                }
                else
                {
                    input.SkipLastField();
                }
            }

            return agentId;
        }
        catch (InvalidProtocolBufferException)
        {
            return null;
        }
    }

    private static BatchReading Resolve(
        Wire.ResultBatch batch, CatalogAgent agent, CatalogSnapshot catalog, FenceSet fences, DateTimeOffset now, TimeSpan retention)
    {
        var rejected = new Dictionary<string, int>();
        var items = new List<ResolvedResult>(batch.Results.Count);
        var gaps = new List<ResolvedGap>();
        var checks = batch.Checks.Select(name => catalog.ChecksEver.GetValueOrDefault(name) is { } check && MayReport(agent, check.Check) ? check.Id : (int?)null).ToArray();
        for (var i = 0; i < batch.Results.Count; i++)
        {
            if (batch.Results[i].Gap is not null && Judge(batch, i, checks, now, retention, out ResolvedGap gap) is var mistake)
            {
                if (mistake is null)
                {
                    gaps.Add(gap);
                }
                else
                {
                    rejected[mistake] = rejected.GetValueOrDefault(mistake) + 1;
                }

                continue;
            }

            var reason = Judge(batch, i, checks, now, retention, out ResolvedResult item);
            if (reason is null && fences.Contains(agent.Id, item.Result.Due))
            {
                reason = Fenced;
            }

            if (reason is null)
            {
                items.Add(item);
            }
            else
            {
                rejected[reason] = rejected.GetValueOrDefault(reason) + 1;
            }
        }

        var resolved = items.Count + gaps.Count == 0
            ? null
            : new ResolvedBatch(agent.Id, batch.Epoch, batch.FirstSequence, batch.Results.Count, items, batch.EngineVersion) { Gaps = gaps };
        return new(batch.Results.Count - gaps.Count, resolved, "", rejected) { AgentId = agent.PublicId };
    }

    // Whoever takes over an agent of one project must not be believed about another's checks, unless they name its location.
    private static bool MayReport(CatalogAgent agent, Check check) =>
        QualifiedName.ProjectOf(agent.Location) == QualifiedName.ProjectOf(check.Name) || check.Locations.Contains(agent.Location);

    private static string? Judge(
        Wire.ResultBatch batch, int index, int?[] checks, DateTimeOffset now, TimeSpan retention, out ResolvedResult item)
    {
        item = default;
        var (result, _) = WireResults.FromWire(batch.Results[index], batch.Checks);
        if (result is null)
        {
            return Invalid;
        }

        if (checks[batch.Results[index].CheckIndex] is not { } checkId)
        {
            return UnknownCheck;
        }

        if (result.Due > now + MaxAhead)
        {
            return Future;
        }

        if (result.Due < now - retention)
        {
            return Expired;
        }

        item = new(batch.FirstSequence + index, checkId, result);
        return null;
    }

    // A gap of a check that is not known, or not this agent's to report, still says that results are gone.
    private static string? Judge(Wire.ResultBatch batch, int index, int?[] checks, DateTimeOffset now, TimeSpan retention, out ResolvedGap item)
    {
        item = default;
        if (WireGaps.FromWire(batch.Results[index], batch.Checks) is not { } gap)
        {
            return Invalid;
        }

        if (gap.To > now + MaxAhead)
        {
            return Future;
        }

        if (gap.To < now - retention)
        {
            return Expired;
        }

        item = new(batch.FirstSequence + index, checks[batch.Results[index].CheckIndex], gap);
        return null;
    }

    public static BatchReading Refuse(int count, string reason, string sentence) =>
        new(count, null, $"{reason}: {sentence}", new Dictionary<string, int> { [reason] = count });

    private static string Shown(string text) => text.Length <= 64 ? text : text[..64];
}
