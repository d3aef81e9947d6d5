using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Ingest;

/// <summary>
/// Who may send whose batches. The broker validates <c>user_id</c> when it is set and says nothing when it is not, so a message without one is anybody's.
/// </summary>
internal sealed class BatchSenders
{
    private readonly bool _isChecked;
    private readonly bool _byAgent;
    private readonly HashSet<string> _shared;

    public BatchSenders(IOptions<BusOptions> options)
    {
        var bus = options.Value;
        _isChecked = bus.ConnectionString.Length > 0;
        _byAgent = bus.AgentsHaveIdentities;
        // What the relay passed on was authenticated there.
        Own = User(bus.ConnectionString);
        _shared = [Own];
        if (!_byAgent && bus.AgentConnectionString.Length > 0)
        {
            _shared.Add(User(bus.AgentConnectionString));
        }
    }

    /// <summary>The orchestrator's own user at the broker.</summary>
    public string Own { get; }

    /// <summary>Empty when it may; else why not.</summary>
    /// <param name="userId">As the broker validated it; empty: none.</param>
    /// <param name="agentId">Whose batch it says it is.</param>
    public string Refusal(string userId, string agentId) =>
        !_isChecked || _shared.Contains(userId) || (_byAgent && userId == agentId) ? ""
        : userId.Length == 0 ? "the message has no user_id"
        : $"user '{(userId.Length <= 64 ? userId : userId[..64])}' may not send results of agent '{agentId}'";

    private static string User(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.UserInfo.Length > 0 ? Uri.UnescapeDataString(uri.UserInfo.Split(':', 2)[0]) : "guest";
}
