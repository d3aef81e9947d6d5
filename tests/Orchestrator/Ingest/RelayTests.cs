using Google.Protobuf;
using Grpc.Core;
using Probes.Contracts.Wire;

namespace Probes.Tests.Orchestrator.Ingest;

public sealed class RelayTests
{
    private IngestHost _host = null!;

    [SetUp]
    public async Task SetUp()
    {
        _host = await IngestHost.StartAsync(broker: null);
        await _host.ReadyAsync();
    }

    [TearDown]
    public async Task TearDown() => await _host.DisposeAsync();

    [Test]
    public async Task The_relay_answers_only_after_the_commit()
    {
        var release = new TaskCompletionSource();
        _host.Store.Before = _ => release.Task;
        var call = PublishAsync(Batches.Bytes(5, now: TimeProvider.System.GetUtcNow()));
        await Task.WhenAny(call, Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System));
        Assert.That(call.IsCompleted, Is.False);
        release.SetResult();
        await call;
        Assert.That(_host.Store.Count, Is.EqualTo(5));
    }

    [Test]
    public async Task Many_batches_at_once_are_stored_in_groups()
    {
        var now = TimeProvider.System.GetUtcNow();
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => PublishAsync(Batches.Bytes(100, first: 1 + (i * 100), now: now))));
        Assert.That(_host.Store.Count, Is.EqualTo(10_000));
        Assert.That(_host.Store.Groups, Is.LessThan(50));
        Assert.That(_host.Counts.Stored, Is.EqualTo(10_000));
    }

    [Test]
    public void Another_agents_batch_is_denied() =>
        Assert.That(() => PublishAsync(Batches.Bytes(1, agent: "agent-2")), Fails(StatusCode.PermissionDenied));

    [Test]
    public void A_stranger_is_not_heard() =>
        Assert.That(() => PublishAsync(Batches.Bytes(1), "stranger"), Fails(StatusCode.Unauthenticated));

    [Test]
    public void What_is_no_batch_is_refused_for_good() =>
        Assert.That(() => PublishAsync([0xff, 0xff]), Fails(StatusCode.InvalidArgument));

    [Test]
    public void An_oversized_batch_is_refused_for_good() =>
        Assert.That(() => PublishAsync(new byte[(1024 * 1024) + 1]), Fails(StatusCode.InvalidArgument));

    [Test]
    public void A_batch_without_results_is_refused_for_good_and_kept()
    {
        Assert.That(() => PublishAsync(Batches.Bytes(0)), Fails(StatusCode.InvalidArgument));
        Assert.That(_host.Store.Letters, Has.Count.EqualTo(1));
    }

    private static NUnit.Framework.Constraints.EqualConstraint<StatusCode> Fails(StatusCode code) =>
        Throws.InstanceOf<RpcException>().With.Property(nameof(RpcException.StatusCode)).EqualTo(code);

    private async Task PublishAsync(byte[] body, string agent = "agent-1") =>
        await _host.Relay().PublishAsync(
            new RelayRequest { Batch = ByteString.CopyFrom(body) }, new Metadata { { "authorization", "Bearer " + agent } });
}
