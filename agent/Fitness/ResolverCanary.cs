using System.Net.Sockets;
using DnsClient;
using Probes.Agent.Probes;

namespace Probes.Agent.Fitness;

/// <summary>
/// Asks the agent's resolver for the root's servers, which any resolver has at hand whatever the targets' own servers do. It asks once when the
/// first name was looked up, to learn whether the resolver tells, and after that only while names get no answer or the resolver is held unfit.
/// </summary>
internal sealed class ResolverCanary(ResolverOptions options, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(1.5);

    private readonly Lazy<LookupClient> _client = new(() => Client(options));
    private Task _asking = Task.CompletedTask;
    private volatile bool _trusted;
    private volatile int _failed;
    private long _answeredAt = -1;
    private bool _asked;

    public bool Trusted => _trusted;

    /// <summary>Times in a row without an answer.</summary>
    public int Failed => _failed;

    /// <summary>Timestamp of the last answer; -1: never.</summary>
    public long AnsweredAt => Interlocked.Read(ref _answeredAt);

    /// <summary>Begins to ask if there is a need and nothing is under way; the answer is seen at a later look.</summary>
    public void Look(bool resolves, bool doubtful, CancellationToken stopping)
    {
        if (!doubtful)
        {
            _failed = 0;
        }

        if (_asking.IsCompleted && resolves && (doubtful || !_asked))
        {
            _asked = true;
            _asking = AskAsync(stopping);
        }
    }

    internal async Task AskAsync(CancellationToken stopping)
    {
        try
        {
            using var limit = new CancellationTokenSource(Limit, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stopping);
            var reply = await _client.Value.QueryAsync(".", QueryType.NS, cancellationToken: either.Token).WaitAsync(either.Token);
            if (reply.Header.ResponseCode != DnsHeaderResponseCode.Refused)
            {
                (_trusted, _failed) = (true, 0);
                Interlocked.Exchange(ref _answeredAt, time.GetTimestamp());
                return;
            }
        }
        catch (Exception e) when (e is DnsResponseException or SocketException or InvalidOperationException or OperationCanceledException)
        {
            // No answer, whatever the reason.
        }

        _failed++;
    }

    private static LookupClient Client(ResolverOptions options)
    {
        var settings = options.Server is { } chosen ? new LookupClientOptions(chosen) : new LookupClientOptions();
        settings.UseCache = false;
        settings.Retries = 0;
        settings.ThrowDnsErrors = false;
        settings.ContinueOnDnsError = false;
        settings.Timeout = Limit;
        return new LookupClient(settings);
    }
}
