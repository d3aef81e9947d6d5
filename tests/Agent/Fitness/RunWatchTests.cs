using Probes.Agent.Fitness;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Tests.Agent.Fitness;

public sealed class RunWatchTests
{
    private RunWatch _watch = new();
    private double _now;

    [SetUp]
    public void SetUp() => (_watch, _now) = (new RunWatch(), 0);

    [Test]
    public void Different_targets_count_once_each_until_anything_gets_through()
    {
        Http("a.test", RunStatus.TimedOut, "connect_timeout");
        Http("a.test", RunStatus.TimedOut, "connect_timeout");
        Http("b.test", RunStatus.Failed, "unreachable");
        Assert.That(_watch.Cut().Targets, Is.EqualTo(2));
        Http("c.test", RunStatus.Failed, "connect_refused");
        Assert.That(_watch.Cut().Targets, Is.Zero, "a refusal came over the link");
        Assert.That(_watch.Cut().LastThrough, Is.EqualTo(TimeSpan.FromSeconds(_now)));
    }

    [TestCase("nxdomain", RunStatus.Failed, 0)]
    [TestCase("servfail", RunStatus.Failed, 0)]
    [TestCase("no_answers", RunStatus.Failed, 0)]
    [TestCase("", RunStatus.Passed, 0)]
    [TestCase("dns_timeout", RunStatus.TimedOut, 2)]
    [TestCase("dns_failed", RunStatus.Failed, 2)]
    [TestCase("refused", RunStatus.Failed, 2)]
    public void A_resolver_that_says_no_has_answered_and_one_that_is_silent_or_refuses_has_not(string reason, RunStatus status, int names)
    {
        Http("a.test", RunStatus.TimedOut, "dns_timeout");
        Http("b.test", status, reason);
        Assert.That(_watch.Unanswered().Names, Is.EqualTo(names));
    }

    [Test]
    public void Names_of_one_domain_are_one_domain()
    {
        Http("www.shop.example.com", RunStatus.TimedOut, "dns_timeout");
        Http("api.shop.example.com", RunStatus.TimedOut, "dns_timeout");
        Assert.That((_watch.Unanswered().Names, _watch.Unanswered().Domains), Is.EqualTo((2, 1)));
        Http("example.org", RunStatus.TimedOut, "dns_timeout");
        Assert.That((_watch.Unanswered().Names, _watch.Unanswered().Domains), Is.EqualTo((3, 2)));
    }

    [Test]
    public void A_chosen_server_that_is_silent_says_nothing_of_the_agents_own_resolver()
    {
        Saw(new DnsSpec { Name = "a.test", Server = "192.0.2.53" }, RunStatus.TimedOut, "dns_timeout");
        Assert.That((_watch.Unanswered().Names, _watch.Resolves, _watch.Cut().Targets), Is.EqualTo((0, false, 1)));
        Saw(new DnsSpec { Name = "a.test" }, RunStatus.TimedOut, "dns_timeout");
        Assert.That((_watch.Unanswered().Names, _watch.Resolves), Is.EqualTo((1, true)));
    }

    [Test]
    public void What_began_before_another_run_got_through_is_no_evidence()
    {
        Http("a.test", RunStatus.Passed, "");
        var trace = RunTrace.Of(Check(new TcpSpec { Host = "b.test", Port = 1 }), Result(RunStatus.TimedOut, "connect_timeout"));
        _watch.Saw(trace, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.That(_watch.Cut().Targets, Is.Zero);
    }

    [Test]
    public void A_target_that_falls_silent_once_connected_and_a_fault_of_the_agent_say_nothing_of_the_link()
    {
        Http("a.test", RunStatus.TimedOut, "connect_timeout");
        Http("b.test", RunStatus.TimedOut, "wait_timeout");
        Saw(new TcpSpec { Host = "c.test", Port = 1 }, RunStatus.Failed, "agent_no_sockets", FailureSource.Agent);
        Assert.That(_watch.Cut().Targets, Is.EqualTo(1));
    }

    private void Http(string host, RunStatus status, string reason) => Saw(new HttpSpec { Url = new Uri($"http://{host}/") }, status, reason);

    private void Saw(ProbeSpec probe, RunStatus status, string reason, FailureSource source = FailureSource.None)
    {
        var began = TimeSpan.FromSeconds(++_now);
        _watch.Saw(RunTrace.Of(Check(probe), Result(status, reason) with { Source = source }), began, TimeSpan.FromSeconds(++_now));
    }

    private static Check Check(ProbeSpec probe) => new() { Name = "c", Probe = probe };

    private static RunResult Result(RunStatus status, string reason) => new()
    {
        Check = "c",
        CheckRevision = 1,
        Due = default,
        Status = status,
        Reason = reason,
        Phases = new PhaseTimes(TimeSpan.FromMilliseconds(1), null, null, null, null, null),
    };
}
