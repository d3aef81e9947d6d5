using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Sessions;

/// <summary>Section <c>Sessions</c>.</summary>
internal sealed class SessionOptions
{
    private static readonly TimeSpan LongestLateness = TimeSpan.FromSeconds(3);

    /// <summary>Seconds between an agent's heartbeats: 0.1 to 60, default 5. When one is late by two more, but no more than 3 s, the agent is dead.</summary>
    [Range(0.1, 60)]
    public double HeartbeatSeconds { get; set; } = 5;

    /// <summary>Seconds that an agent which left keeps its checks, so that a reconnect moves nothing: 0 to 60, default 5.</summary>
    [Range(0.0, 60)]
    public double GraceSeconds { get; set; } = 5;

    /// <summary>Agents let in a second: 1 to 100000, default 1000. Those over it are told when to come again.</summary>
    [Range(1, 100_000)]
    public int AdmittedPerSecond { get; set; } = 1000;

    /// <summary>Agents between connecting and their welcome at once: 1 to 100000, default 256.</summary>
    [Range(1, 100_000)]
    public int GreetedAtOnce { get; set; } = 256;

    /// <summary>How long an agent that has connected may take to say hello.</summary>
    public static readonly TimeSpan HelloLimit = TimeSpan.FromSeconds(10);

    /// <summary>Milliseconds that changes are collected before they are sent: 1 to 5000, default 100.</summary>
    [Range(1, 5000)]
    public int DebounceMilliseconds { get; set; } = 100;

    /// <summary>Milliseconds between telling agents of a planned move and the move: 0 to 10000, default 2000. More than a message takes to any of them.</summary>
    [Range(0, 10_000)]
    public int HandOverMilliseconds { get; set; } = 2000;

    public TimeSpan HandOver => TimeSpan.FromMilliseconds(HandOverMilliseconds);

    /// <summary>After so long without a word an agent is dead: its checks are with others within 10 s, at the default.</summary>
    public TimeSpan Silence => Heartbeat + (Heartbeat < LongestLateness / 2 ? Heartbeat * 2 : LongestLateness);

    public TimeSpan Heartbeat => TimeSpan.FromSeconds(HeartbeatSeconds);

    public TimeSpan Grace => TimeSpan.FromSeconds(GraceSeconds);
}

[OptionsValidator]
internal sealed partial class SessionOptionsValidator : IValidateOptions<SessionOptions>;
