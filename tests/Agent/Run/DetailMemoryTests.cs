using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Probes;
using Probes.Agent.Run;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Tests.Agent.Run;

public sealed class DetailMemoryTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public void A_certificate_is_told_once_again_after_ten_minutes_and_at_once_when_it_changes()
    {
        var memory = new DetailMemory(_time);
        Assert.That(Told(memory, "a"), Is.True);
        Assert.That(Told(memory, "a"), Is.False);
        Assert.That(Told(memory, "b"), Is.True);
        Assert.That(Told(memory, "b"), Is.False);
        _time.Advance(TimeSpan.FromMinutes(10));
        Assert.That(Told(memory, "b"), Is.True);
        Assert.That(Told(memory, "b", name: "other"), Is.True, "each check for itself");
    }

    [Test]
    public void What_is_short_or_differs_with_every_run_stays()
    {
        var memory = new DetailMemory(_time);
        memory.Trim(Check(), Outcome("a"));
        Assert.That(memory.Trim(Check(), Outcome("a")).Evidence.Keys, Is.EquivalentTo(new[] { "cert", "body_hash", "x-cache" }));
    }

    [Test]
    public void A_failure_tells_all()
    {
        var memory = new DetailMemory(_time);
        memory.Trim(Check(), Outcome("a"));
        var failed = Outcome("a") with { Status = RunStatus.Failed };
        Assert.That(memory.Trim(Check(), failed).Evidence, Is.EqualTo(failed.Evidence));
    }

    private static bool Told(DetailMemory memory, string subject, string name = "shop") => memory.Trim(Check(name), Outcome(subject)).Evidence.ContainsKey("cert_subject");

    private static Check Check(string name = "shop") => new() { Name = name, Probe = new TcpSpec { Host = "shop.test", Port = 443 } };

    private static ProbeOutcome Outcome(string subject) => new()
    {
        Status = RunStatus.Passed,
        Evidence = new Dictionary<string, string>
        {
            ["cert"] = "01/02",
            ["cert_subject"] = subject,
            ["cert_issuer"] = "CN=Test root",
            ["addresses"] = "192.0.2.1, 192.0.2.2",
            ["body_hash"] = "00",
            ["x-cache"] = "HIT",
            ["x-amz-cf-id"] = "of this request",
        },
    };
}
