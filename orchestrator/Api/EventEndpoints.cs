using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Projects;

namespace Probes.Orchestrator.Api;

/// <summary>Live events for pages and scripts (server-sent events, WHATWG HTML section 9.2).</summary>
internal static class EventEndpoints
{
    /// <summary>Something is sent at least this often, so that proxies keep the stream and clients notice a dead one.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/events", (HttpContext http, LiveCallers callers, EventHub hub, EventFilter filter, TimeProvider time, IHostApplicationLifetime life, CancellationToken ct) =>
            TypedResults.ServerSentEvents(StreamAsync(hub, filter, () => callers.IsLive(http.User), time, life, ct)))
            .WithTags("live").WithName("StreamEvents").WithSummary("Live events: rollup, verdict, answers, incident, catalog, agents, replicas, and ping every 15 s of quiet");

    private static async IAsyncEnumerable<SseItem<LiveEvent>> StreamAsync(
        EventHub hub, EventFilter filter, Func<bool> mayStay, TimeProvider time, IHostApplicationLifetime life, [EnumeratorCancellation] CancellationToken ct)
    {
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(ct, life.ApplicationStopping);
        yield return Ping();
        await using var events = hub.ListenAsync(ends.Token).GetAsyncEnumerator(ends.Token);
        var next = events.MoveNextAsync().AsTask();
        // A stream does not outlive the key or user that opened it.
        while (mayStay())
        {
            var quiet = Task.Delay(Quiet, time, ends.Token);
            if (await Task.WhenAny(next, quiet) == quiet && !ends.IsCancellationRequested)
            {
                yield return Ping();
                continue;
            }

            if (!await MovedAsync(next))
            {
                yield break;
            }

            if (filter.Concerns(events.Current))
            {
                yield return new SseItem<LiveEvent>(events.Current, events.Current.Type);
            }

            next = events.MoveNextAsync().AsTask();
        }

        await ends.CancelAsync();
        await MovedAsync(next);
    }

    private static SseItem<LiveEvent> Ping() => new(new LiveEvent("ping", ""), "ping");

    private static async Task<bool> MovedAsync(Task<bool> next)
    {
        try
        {
            return await next;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
