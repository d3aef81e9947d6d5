using System.Globalization;
using Grpc.Core;
using Microsoft.Extensions.Options;
using Probes.Contracts.Mapping;
using Probes.Contracts.Wire;

namespace Probes.Orchestrator.Sessions;

/// <summary>
/// Lets agents in at a pace this process can keep: after a restart thousands come at once, and each wants a welcome and an assignment. Those over it are
/// told when to come again, spread over the time it takes to let in those before them; their checks go on meanwhile.
/// </summary>
internal sealed class SessionGate(IOptions<SessionOptions> options, TimeProvider clock, Random random)
{
    /// <summary>Text of a hello or a heartbeat beyond this is not an agent's.</summary>
    internal const int LongestText = 512;

    private const int MostNames = 64;

    private readonly Lock _gate = new();
    private double _tokens = options.Value.AdmittedPerSecond;
    private long _filledAt = clock.GetTimestamp();
    private double _turnedAway;
    private int _greeting;

    /// <summary>Takes a place for the time from connecting to the welcome; what comes back gives it up.</summary>
    /// <exception cref="RpcException">RESOURCE_EXHAUSTED, with the time to wait in its trailers.</exception>
    internal IDisposable Enter()
    {
        var rate = options.Value.AdmittedPerSecond;
        lock (_gate)
        {
            var now = clock.GetTimestamp();
            var refill = clock.GetElapsedTime(_filledAt, now).TotalSeconds * rate;
            _filledAt = now;
            _tokens = Math.Min(rate, _tokens + refill);
            _turnedAway = Math.Max(0, _turnedAway - refill);
            if (_tokens >= 1 && _greeting < options.Value.GreetedAtOnce)
            {
                _tokens--;
                _greeting++;
                return new Place(this);
            }

            // Whoever was turned away comes back within the time that all of them take, none of them before a second.
            _turnedAway++;
            var wait = 1000 + (int)(random.NextDouble() * 1000 * _turnedAway / rate);
            throw ComeAgain(StatusCode.ResourceExhausted, "many agents are connecting: come again in a moment", Math.Min(wait, 60_000));
        }
    }

    /// <summary>For all who come while this process is not ready yet; their back-off spreads them.</summary>
    internal RpcException NotYet()
    {
        lock (_gate)
        {
            return ComeAgain(StatusCode.Unavailable, "the orchestrator is starting: come again in a moment", 1000 + (int)(random.NextDouble() * 1000));
        }
    }

    private static RpcException ComeAgain(StatusCode code, string why, int milliseconds) => new(
        new Status(code, why), new Metadata { { Headers.RetryAfterMs, milliseconds.ToString(CultureInfo.InvariantCulture) } });

    private void Leave()
    {
        lock (_gate)
        {
            _greeting--;
        }
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT: no agent of ours says such a thing.</exception>
    internal static void Check(Hello hello)
    {
        if (hello.InstanceId.Length > LongestText || hello.Version.Length > LongestText || hello.EngineVersion.Length > LongestText || hello.Nonce.Length > LongestText
            || hello.Kinds.Count > MostNames || hello.Capabilities.Count > MostNames || hello.Kinds.Concat(hello.Capabilities).Any(n => n.Length > MostNames)
            || !double.IsFinite(hello.Capacity) || hello.Capacity < 0)
        {
            throw new RpcException(new Status(StatusCode.InvalidArgument, $"the hello is larger than any agent's, or its capacity is no number (allowed: texts of {LongestText} characters, {MostNames} names)"));
        }
    }

    private sealed class Place(SessionGate gate) : IDisposable
    {
        private int _left;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _left, 1) == 0)
            {
                gate.Leave();
            }
        }
    }
}
