using CsCheck;
using Grpc.Core;
using Probes.Agent.Session;

namespace Probes.Tests.Agent.Session;

public sealed class DecisionTests
{
    [TestCase(StatusCode.Unauthenticated, "disabled", "Fatal")]
    [TestCase(StatusCode.PermissionDenied, "unknown", "Fatal")]
    [TestCase(StatusCode.Unauthenticated, "Bad gRPC response. HTTP status code: 401", "SlowRetry")]
    [TestCase(StatusCode.Unimplemented, "", "SlowRetry")]
    [TestCase(StatusCode.AlreadyExists, "", "SlowRetry")]
    [TestCase(StatusCode.Unavailable, "", "Transient")]
    [TestCase(StatusCode.DataLoss, "", "Transient")]
    [TestCase(StatusCode.OK, "", "Transient")]
    public void Every_status_has_its_class(StatusCode code, string detail, string expected) =>
        Assert.That(SessionErrors.Classify(new Status(code, detail)).ToString(), Is.EqualTo(expected));

    [Test]
    public void The_dashboards_port_is_told_from_an_orchestrator_that_is_down()
    {
        var dashboard = new Status(StatusCode.Internal, "Error starting gRPC call. HttpRequestException: HTTP/2 error code 'HTTP_1_1_REQUIRED' (0xd).");
        Assert.That(SessionErrors.Describe(dashboard, new Uri("http://localhost:6000")), Does.Contain("5081"));
        var down = new Status(StatusCode.Unavailable, "refused");
        Assert.That(SessionErrors.Describe(down, new Uri("http://localhost:5081")), Is.EqualTo("cannot reach http://localhost:5081 (refused)"));
        Assert.That(SessionErrors.Describe(down, new Uri("http://localhost:5080")), Does.Contain("5081"));
    }

    [Test]
    public void Backoff_grows_to_a_minute_with_full_jitter() => Gen.Int[0, 40].Sample(failures =>
    {
        var backoff = new Backoff(new Random(failures));
        for (var i = 0; i < failures; i++)
        {
            var pause = backoff.Next(SessionErrorClass.Transient, TimeSpan.Zero);
            Assert.That(pause.TotalSeconds, Is.InRange(0, Backoff.CeilingSeconds(i)));
            Assert.That(Backoff.CeilingSeconds(i), Is.InRange(0.5, 60));
        }
    });

    [Test]
    public void Backoff_keeps_to_what_a_busy_orchestrator_asks_for_and_spreads_beyond_it() => Gen.Int[1, 60_000].Sample(ms =>
    {
        var asked = TimeSpan.FromMilliseconds(ms);
        Assert.That(new Backoff(new Random(ms)).Next(SessionErrorClass.Transient, TimeSpan.Zero, asked), Is.InRange(asked, asked * 2));
    });

    [Test]
    public void Backoff_begins_anew_only_after_a_healthy_session()
    {
        var backoff = new Backoff(new LastRandom());
        Seconds(TimeSpan.Zero, 0.5);
        Seconds(TimeSpan.FromSeconds(29), 1);
        Seconds(TimeSpan.FromSeconds(1), 2);
        Seconds(TimeSpan.FromSeconds(30), 0.5);
        return;

        void Seconds(TimeSpan lasted, double expected) =>
            Assert.That(backoff.Next(SessionErrorClass.Transient, lasted).TotalSeconds, Is.EqualTo(expected).Within(0.001));
    }

    [Test]
    public void An_offset_is_measured_to_within_half_the_round_trip() =>
        Gen.Select(Gen.Long[-10_000_000_000, 10_000_000_000], Gen.Long[0, 2_000_000], Gen.Long[0, 2_000_000], Gen.Long[0, 100_000]).Sample((offset, there, back, think) =>
        {
            const long sent = 1_700_000_000_000_000;
            var received = sent + there + offset;
            var replied = received + think;
            var sample = ClockSample.Of(sent, received, replied, replied - offset + back);
            Assert.That(sample.RoundTrip.TotalMicroseconds, Is.EqualTo(there + back).Within(1));
            Assert.That(sample.Offset.TotalMicroseconds, Is.EqualTo(offset).Within(((there + back) / 2) + 1));
        });

    [Test]
    public void The_sample_with_the_least_round_trip_is_believed_until_a_clock_is_set()
    {
        var samples = new ClockSamples();
        Assert.That(samples.Add(Sample(40, 80)), Is.EqualTo(TimeSpan.FromMilliseconds(40)));
        Assert.That(samples.Add(Sample(2, 4)), Is.EqualTo(TimeSpan.FromMilliseconds(2)));
        Assert.That(samples.Add(Sample(60, 120)), Is.EqualTo(TimeSpan.FromMilliseconds(2)));
        Assert.That(samples.Add(Sample(3_600_000, 120)), Is.EqualTo(TimeSpan.FromHours(1)));
        for (var i = 0; i < 8; i++)
        {
            samples.Add(Sample(3_600_000 + 5, 130));
        }

        Assert.That(samples.Add(Sample(3_600_000 + 5, 130)), Is.EqualTo(TimeSpan.FromMilliseconds(3_600_005)), "old samples leave");
        return;

        static ClockSample Sample(double offset, double trip) => new(TimeSpan.FromMilliseconds(offset), TimeSpan.FromMilliseconds(trip));
    }

    [TestCase(0, 0.9, 0)]
    [TestCase(0, 1.1, 1.1)]
    [TestCase(1.1, 0.9, 0.9)]
    [TestCase(1.1, 1.15, 1.1)]
    [TestCase(1.1, 0.4, 0)]
    [TestCase(-3600, -3600.05, -3600)]
    public void Only_clocks_that_are_a_second_off_are_corrected(double current, double offset, double expected) =>
        Assert.That(AgentClock.Correct(TimeSpan.FromSeconds(current), TimeSpan.FromSeconds(offset)), Is.EqualTo(TimeSpan.FromSeconds(expected)));

    [TestCase("http://localhost:5081", true)]
    [TestCase("http://127.0.0.1:5081", true)]
    [TestCase("http://[::1]:5081", true)]
    [TestCase("https://probes.example.com:5081", true)]
    [TestCase("http://probes.example.com:5081", false)]
    [TestCase("http://192.0.2.1:5081", false)]
    [TestCase("localhost:5081", false)]
    [TestCase("https://user:secret@probes.example.com", false)]
    [TestCase("https://probes.example.com/path", false)]
    public void Credentials_travel_in_clear_text_on_this_machine_only(string address, bool allowed)
    {
        var (parsed, error) = OrchestratorAddress.Parse(address, allowPlaintext: false);
        Assert.That(parsed is not null, Is.EqualTo(allowed), error);
        Assert.That(error.Length == 0, Is.EqualTo(allowed));
    }

    private sealed class LastRandom : Random
    {
        public override double NextDouble() => 1;
    }
}
