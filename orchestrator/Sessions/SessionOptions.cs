using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Sessions;

/// <summary>Section <c>Sessions</c>.</summary>
internal sealed class SessionOptions
{
    /// <summary>Seconds between an agent's heartbeats: 0.1 to 60, default 5. After three without one the agent is dead.</summary>
    [Range(0.1, 60)]
    public double HeartbeatSeconds { get; set; } = 5;

    /// <summary>Seconds that an agent which left keeps its checks, so that a reconnect moves nothing: 0 to 60, default 5.</summary>
    [Range(0.0, 60)]
    public double GraceSeconds { get; set; } = 5;

    /// <summary>Milliseconds that changes are collected before they are sent: 1 to 5000, default 100.</summary>
    [Range(1, 5000)]
    public int DebounceMilliseconds { get; set; } = 100;

    public TimeSpan Heartbeat => TimeSpan.FromSeconds(HeartbeatSeconds);

    public TimeSpan Grace => TimeSpan.FromSeconds(GraceSeconds);
}

[OptionsValidator]
internal sealed partial class SessionOptionsValidator : IValidateOptions<SessionOptions>;
