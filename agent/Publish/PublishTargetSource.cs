using Grpc.Core;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Publish;

/// <summary>Where results go now, and as whom. The session sets it at each welcome; publishing follows.</summary>
/// <param name="AgentId">Own identity, as written into batches.</param>
/// <param name="Credential">Gives the credential that is good now; it changes while the route stays.</param>
/// <param name="Channel">gRPC channel to the orchestrator, for the relay.</param>
/// <param name="Target">What the orchestrator's welcome said.</param>
internal sealed record PublishRoute(string AgentId, Func<string> Credential, ChannelBase Channel, Wire.PublishTarget Target);

/// <summary>Holds the current <see cref="PublishRoute"/> and tells when it changes.</summary>
internal sealed class PublishTargetSource
{
    private readonly Lock _gate = new();
    private TaskCompletionSource _changed = New();
    private PublishRoute? _current;
    private string _way = "";

    /// <summary>Null before the first welcome.</summary>
    public PublishRoute? Current
    {
        get
        {
            lock (_gate)
            {
                return _current;
            }
        }
    }

    /// <summary>The way results go now: "relay", "amqp", or empty before the first welcome.</summary>
    public string Transport
    {
        get
        {
            lock (_gate)
            {
                return _way;
            }
        }
    }

    /// <summary>Says which way results go from now on.</summary>
    public void Use(string way)
    {
        lock (_gate)
        {
            _way = way;
        }
    }

    public void Set(PublishRoute route)
    {
        TaskCompletionSource changed;
        lock (_gate)
        {
            if (route == _current)
            {
                return;
            }

            _current = route;
            _way = route.Target.KindCase == Wire.PublishTarget.KindOneofCase.Amqp ? "amqp" : "relay";
            (changed, _changed) = (_changed, New());
        }

        changed.SetResult();
    }

    /// <summary>Waits until the route is another than <paramref name="known"/>, and gives it.</summary>
    public async Task<PublishRoute> NextAsync(PublishRoute? known, CancellationToken ct)
    {
        while (true)
        {
            Task changed;
            lock (_gate)
            {
                if (_current is not null && _current != known)
                {
                    return _current;
                }

                changed = _changed.Task;
            }

            await changed.WaitAsync(ct);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
