using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Publish;

namespace Probes.Tests.Agent.Publish;

public sealed class FallbackPublisherTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly List<string> _ways = [];
    private Scripted _broker = null!;
    private Scripted _relay = null!;
    private FallbackPublisher _publisher = null!;

    [SetUp]
    public void SetUp()
    {
        _ways.Clear();
        (_broker, _relay) = (new Scripted(), new Scripted());
        _publisher = new FallbackPublisher(_broker, _relay, _ways.Add, new Random(1), _time, NullLogger<FallbackPublisher>.Instance);
    }

    [TearDown]
    public async Task TearDown() => await _publisher.DisposeAsync();

    [Test]
    public async Task While_the_broker_answers_nothing_is_relayed_also_when_it_refuses()
    {
        Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Confirmed));
        _broker.Outcome = PublishOutcome.Refused;
        Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Refused));
        Assert.That((_relay.Calls, _ways.Count), Is.EqualTo((0, 0)));
    }

    [Test]
    public async Task After_three_failures_the_batch_itself_goes_over_the_relay_and_the_broker_is_left_alone()
    {
        _broker.Outcome = PublishOutcome.Retry;
        Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Retry));
        Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Retry));
        Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Confirmed));
        Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Confirmed));
        Assert.That((_broker.Calls, _relay.Calls), Is.EqualTo((3, 2)));
        Assert.That(_ways, Is.EqualTo(new[] { "relay" }));
    }

    [Test]
    public async Task A_failure_that_takes_long_is_enough_after_fifteen_seconds()
    {
        _broker.Outcome = PublishOutcome.Retry;
        await SendAsync();
        _time.Advance(FallbackPublisher.Patience);
        Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Confirmed));
        Assert.That(_ways, Is.EqualTo(new[] { "relay" }));
    }

    [Test]
    public async Task One_batch_after_the_pause_finds_the_broker_back()
    {
        await FallBackAsync();
        _time.Advance(TimeSpan.FromSeconds(20));
        await SendAsync();
        Assert.That(_broker.Calls, Is.EqualTo(3), "within the pause");
        _broker.Outcome = PublishOutcome.Confirmed;
        _time.Advance(TimeSpan.FromSeconds(20));
        await SendAsync();
        await SendAsync();
        Assert.That(_broker.Calls, Is.EqualTo(5));
        Assert.That(_ways, Is.EqualTo(new[] { "relay", "amqp" }));
    }

    [Test]
    public async Task A_broker_that_stays_away_is_tried_less_and_less_and_no_batch_waits_for_it()
    {
        await FallBackAsync();
        for (var minute = 0; minute < 60; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Confirmed));
        }

        Assert.That(_broker.Calls - 3, Is.InRange(6, 13));
    }

    [Test]
    public async Task With_neither_way_open_both_are_tried_in_turn()
    {
        _relay.Outcome = PublishOutcome.Retry;
        await FallBackAsync();
        await SendAsync();
        _time.Advance(TimeSpan.FromSeconds(1));
        _broker.Outcome = PublishOutcome.Confirmed;
        Assert.That(await SendAsync(), Is.EqualTo(PublishOutcome.Confirmed));
        Assert.That(_ways, Is.EqualTo(new[] { "relay", "amqp" }));
    }

    private async Task FallBackAsync()
    {
        _broker.Outcome = PublishOutcome.Retry;
        for (var i = 0; i < FallbackPublisher.MostFailures; i++)
        {
            await SendAsync();
        }
    }

    private ValueTask<PublishOutcome> SendAsync() => _publisher.PublishAsync(new byte[] { 1 }, CancellationToken.None);

    private sealed class Scripted : IBatchPublisher
    {
        public PublishOutcome Outcome { get; set; } = PublishOutcome.Confirmed;

        public int Calls { get; private set; }

        public ValueTask<PublishOutcome> PublishAsync(ReadOnlyMemory<byte> batch, CancellationToken ct)
        {
            Calls++;
            return ValueTask.FromResult(Outcome);
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
