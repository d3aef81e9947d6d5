using System.Net.Sockets;
using Probes.Agent.Policy;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Probes;

/// <summary>Unwinds a probe to its boundary, where it becomes an outcome; never leaves a probe.</summary>
internal sealed class ProbeFault(RunStatus status, FailureSource source, string reason, string message) : Exception(message)
{
    public RunStatus Status { get; } = status;

    public new FailureSource Source { get; } = source;

    public string Reason { get; } = reason;

    public static ProbeFault Target(string reason, string message) => new(RunStatus.Failed, FailureSource.Target, reason, message);

    public static ProbeFault Dns(string reason, string message) => new(RunStatus.Failed, FailureSource.Dns, reason, message);

    /// <summary>What a failed socket operation says of target, network or agent.</summary>
    public static ProbeFault Of(SocketException e, string where) => e.SocketErrorCode switch
    {
        SocketError.ConnectionRefused => Target(Reasons.ConnectRefused, $"{where} refused the connection"),
        SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted => Target(Reasons.ConnectionReset, $"{where} reset the connection"),
        SocketError.TimedOut => new(RunStatus.TimedOut, FailureSource.Network, Reasons.ConnectTimeout, $"{where} did not answer"),
        _ => OfAgent(e) ?? new(RunStatus.Failed, FailureSource.Network, Reasons.Unreachable, $"{where} cannot be reached: {e.SocketErrorCode}"),
    };

    /// <summary>The fault when it is this agent that ran out of something or may not connect; else null.</summary>
    public static ProbeFault? OfAgent(SocketException? e) => e?.SocketErrorCode
        is SocketError.TooManyOpenSockets or SocketError.AddressNotAvailable or SocketError.NoBufferSpaceAvailable or SocketError.AccessDenied
            or SocketError.AddressFamilyNotSupported
        ? new ProbeFault(RunStatus.Failed, FailureSource.Agent, Reasons.AgentNoSockets, $"this agent could not open a connection: {e.SocketErrorCode}")
        : null;

    /// <summary>Ends a run that would touch what this agent does not touch. It tells nothing of the target.</summary>
    public static void ThrowIf(Refusal? refusal)
    {
        if (refusal is not null)
        {
            throw new ProbeFault(RunStatus.Failed, FailureSource.Agent, refusal.Reason, refusal.Message);
        }
    }

    /// <summary>The check's time was up while this phase was under way.</summary>
    public static ProbeFault Timeout(Phase? phase, TimeSpan limit)
    {
        var (reason, source, what) = phase switch
        {
            Phase.Dns => (Reasons.DnsTimeout, FailureSource.Dns, "the name was being resolved"),
            Phase.Connect => (Reasons.ConnectTimeout, FailureSource.Network, "the connection was being made"),
            Phase.Tls => (Reasons.TlsTimeout, FailureSource.Target, "the TLS handshake was under way"),
            Phase.Send => (Reasons.SendTimeout, FailureSource.Target, "the request was being sent"),
            Phase.Transfer => (Reasons.TransferTimeout, FailureSource.Target, "the answer was arriving"),
            _ => (Reasons.WaitTimeout, FailureSource.Target, "the answer was awaited"),
        };
        return new ProbeFault(RunStatus.TimedOut, source, reason, $"the time-out of {limit.TotalSeconds:0.###} s was up while {what}");
    }
}
