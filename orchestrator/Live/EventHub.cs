using System.Collections.Immutable;
using System.Threading.Channels;

namespace Probes.Orchestrator.Live;

/// <summary>Something pages want to know of at once. Types: "rollup", "verdict", "answers", "incident", "catalog", "agents", "replicas".</summary>
/// <param name="Check">The check it is about; empty when about all.</param>
public sealed record LiveEvent(string Type, string Check);

/// <summary>Hands events to whoever listens now. A slow listener loses its oldest events, never holds up a publisher.</summary>
public sealed class EventHub
{
    private const int Capacity = 256;

    private ImmutableArray<Channel<LiveEvent>> _listeners = [];

    /// <summary>Hears of what is published by this orchestrator, not of what others have sent.</summary>
    public event Action<LiveEvent>? Told;

    public void Publish(LiveEvent live)
    {
        PublishHere(live);
        Told?.Invoke(live);
    }

    /// <summary>Publishes what another orchestrator has told.</summary>
    internal void PublishHere(LiveEvent live)
    {
        foreach (var listener in _listeners)
        {
            listener.Writer.TryWrite(live);
        }
    }

    /// <summary>Events from now on, until <paramref name="ct"/> is cancelled.</summary>
    public async IAsyncEnumerable<LiveEvent> ListenAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var channel = Channel.CreateBounded<LiveEvent>(
            new BoundedChannelOptions(Capacity) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
        ImmutableInterlocked.Update(ref _listeners, all => all.Add(channel));
        try
        {
            await foreach (var live in channel.Reader.ReadAllAsync(ct))
            {
                yield return live;
            }
        }
        finally
        {
            ImmutableInterlocked.Update(ref _listeners, all => all.Remove(channel));
        }
    }
}
