using Microsoft.Extensions.Logging;

namespace Probes.Agent.Publish;

/// <summary>
/// Publishes to the broker, and over the relay for as long as the broker cannot be reached: many networks let only HTTPS out. A batch whose fate at the
/// broker is not known goes over the relay too; it is counted once all the same.
/// </summary>
/// <param name="broker">The first choice.</param>
/// <param name="relay">The second.</param>
/// <param name="tell">Hears which way results go from now on: "amqp" or "relay".</param>
/// <param name="random">Jitter of the pauses.</param>
/// <param name="time">Their clock.</param>
/// <param name="log">Where changes of the way are told.</param>
internal sealed class FallbackPublisher(
    IBatchPublisher broker, IBatchPublisher relay, Action<string> tell, Random random, TimeProvider time, ILogger<FallbackPublisher> log) : IBatchPublisher
{
    /// <summary>Failures in a row at the broker after which results go over the relay.</summary>
    public const int MostFailures = 3;

    /// <summary>Or this long after the first of them.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseWithoutRelay = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(10);

    private readonly Lock _lock = new();
    private int _failures;
    private long _failingSince;
    private bool _relaying;
    private bool _trying;
    private TimeSpan _pause = FirstPause;
    private long _pausedAt;
    private TimeSpan _pausedFor;

    public async ValueTask<PublishOutcome> PublishAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
    {
        // 1. To the broker, unless it was given up for now.
        if (ToBroker())
        {
            var outcome = PublishOutcome.Retry;
            try
            {
                outcome = await broker.PublishAsync(batch, ct);
            }
            finally
            {
                Judge(outcome != PublishOutcome.Retry);
            }

            if (outcome != PublishOutcome.Retry || !IsRelaying())
            {
                return outcome;
            }
        }

        // 2. Else over the relay. When that is closed too, neither is better: both are tried in turn.
        var relayed = await relay.PublishAsync(batch, ct);
        if (relayed == PublishOutcome.Retry)
        {
            lock (_lock)
            {
                (_pause, _pausedFor) = (FirstPause, PauseWithoutRelay);
            }
        }

        return relayed;
    }

    public async ValueTask DisposeAsync()
    {
        await broker.DisposeAsync();
        await relay.DisposeAsync();
    }

    private bool IsRelaying()
    {
        lock (_lock)
        {
            return _relaying;
        }
    }

    /// <summary>While results go over the relay, one batch after each pause looks whether the broker is back.</summary>
    private bool ToBroker()
    {
        lock (_lock)
        {
            if (!_relaying)
            {
                return true;
            }

            if (_trying || time.GetElapsedTime(_pausedAt) < _pausedFor)
            {
                return false;
            }

            return _trying = true;
        }
    }

    private void Judge(bool reached)
    {
        lock (_lock)
        {
            _trying = false;
            if (reached)
            {
                _failures = 0;
                _pause = FirstPause;
                Switch(relaying: false);
                return;
            }

            if (_failures++ == 0)
            {
                _failingSince = time.GetTimestamp();
            }

            if (_relaying || _failures >= MostFailures || time.GetElapsedTime(_failingSince) >= Patience)
            {
                _pausedAt = time.GetTimestamp();
                _pausedFor = _pause * (0.75 + (random.NextDouble() / 2));
                _pause = _pause * 2 < LongestPause ? _pause * 2 : LongestPause;
                Switch(relaying: true);
            }
        }
    }

    private void Switch(bool relaying)
    {
        if (_relaying == relaying)
        {
            return;
        }

        _relaying = relaying;
        tell(relaying ? "relay" : "amqp");
        if (relaying)
        {
            Log.FellBack(log, _pausedFor.TotalSeconds);
        }
        else
        {
            Log.CameBack(log);
        }
    }
}
