using Grpc.Net.Client;
using Microsoft.Extensions.Logging.Abstractions;
using Probes.Agent;
using Probes.Agent.Publish;
using Probes.Agent.Session;
using Probes.Agent.Spool;
using Probes.Contracts.Wire;
using Probes.Tests.Agent.Spool;
using Probes.Tests.Testing;

namespace Probes.Tests.Agent.Publish;

/// <summary>A spool on a scratch folder, and the loop that empties it through a publisher of the test's own.</summary>
internal sealed class SpoolSender : IDisposable
{
    private readonly SpoolFolder _folder;
    private readonly GrpcChannel _channel = GrpcChannel.ForAddress("http://127.0.0.1:1");
    private readonly PublishLoop _loop;

    private SpoolSender(SpoolFolder folder, IBatchPublisher publisher)
    {
        _folder = folder;
        Spool = new DiskSpool(folder.Options, TimeProvider.System, NullLogger<DiskSpool>.Instance);
        var targets = new PublishTargetSource();
        targets.Set(new PublishRoute("agent-1", () => "credential", _channel, new PublishTarget { Relay = new Relay() }));
        _loop = new PublishLoop(Spool, targets, new Given(publisher), new PublishBackoff(new Random(1)), TimeProvider.System, NullLogger<PublishLoop>.Instance);
    }

    public DiskSpool Spool { get; }

    /// <param name="publisher">Not disposed before the test does it.</param>
    /// <param name="folder">With what is left from before; null: a new one, with small batches that do not wait.</param>
    public static async Task<SpoolSender> StartAsync(IBatchPublisher publisher, SpoolFolder? folder = null)
    {
        folder ??= new SpoolFolder { Options = { BatchDelay = TimeSpan.FromMilliseconds(20) } };
        var sender = new SpoolSender(folder, publisher);
        await sender._loop.StartAsync(CancellationToken.None);
        return sender;
    }

    public static IEnumerable<int> Numbers(ResultBatch batch) => batch.Results.Where(r => r.Gap is null).Select(r => int.Parse(r.Message));

    public void Append(int from, int count)
    {
        for (var i = from; i < from + count; i++)
        {
            Spool.Append(Results.Passed(i));
        }

        Spool.Flush();
    }

    public void Dispose()
    {
        _loop.StopAsync(CancellationToken.None).Wait();
        _loop.Dispose();
        Spool.Dispose();
        _channel.Dispose();
        _folder.Dispose();
    }

    private sealed class Given(IBatchPublisher publisher)
        : PublisherFactory(Options, new OrchestratorTrust(Options), new PublishTargetSource(), TimeProvider.System, NullLoggerFactory.Instance)
    {
        private static readonly AgentOptions Options = new() { Orchestrator = new Uri("http://127.0.0.1:1") };

        public override IBatchPublisher Create(PublishRoute route) => publisher;
    }
}
