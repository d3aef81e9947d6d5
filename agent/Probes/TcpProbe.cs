using System.Buffers;
using System.Net.Sockets;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes;

/// <summary>Connects; then, when asked, sends and waits for bytes that must appear in what comes back.</summary>
internal sealed class TcpProbe(Dialer dialer, TimeProvider time) : IProbe
{
    /// <summary>Bytes of the answer that are looked at.</summary>
    private const int LargestAnswer = 64 * 1024;

    public string Kind => "tcp";

    public ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping) =>
        ProbeRun.RunAsync(check, time, timeout, stopping, async (clock, seen, ct) =>
        {
            var spec = (TcpSpec)check.Probe;
            using var socket = await dialer.ConnectAsync(spec.Host, spec.Port, clock, seen, ct);
            if (!spec.Send.IsEmpty)
            {
                clock.Enter(Phase.Send);
                for (var sent = 0; sent < spec.Send.Length;)
                {
                    sent += await socket.SendAsync(spec.Send[sent..], SocketFlags.None, ct);
                }
            }

            if (!spec.Expect.IsEmpty)
            {
                await ExpectAsync(socket, spec.Expect, clock, ct);
            }
        });

    private static async ValueTask ExpectAsync(Socket socket, ReadOnlyMemory<byte> expected, RunClock clock, CancellationToken ct)
    {
        clock.Enter(Phase.Wait);
        var buffer = ArrayPool<byte>.Shared.Rent(LargestAnswer);
        try
        {
            for (var filled = 0; filled < LargestAnswer;)
            {
                var read = await socket.ReceiveAsync(buffer.AsMemory(filled, LargestAnswer - filled), SocketFlags.None, ct);
                if (read == 0)
                {
                    throw ProbeFault.Target(Reasons.Unexpected, $"the target closed after {filled} bytes without what was expected");
                }

                if (filled == 0)
                {
                    clock.Enter(Phase.Transfer);
                }

                filled += read;
                if (buffer.AsSpan(0, filled).IndexOf(expected.Span) >= 0)
                {
                    return;
                }
            }

            throw ProbeFault.Target(Reasons.Unexpected, $"the first {LargestAnswer} bytes of the answer do not hold what was expected");
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
