using Probes.Agent.Fitness;

namespace Probes.Tests.Agent.Fitness;

public sealed class JudgeTests
{
    [TestCase(0, true, ExpectedResult = nameof(Health.Good), TestName = "An orchestrator that is away alone never makes an agent unfit")]
    [TestCase(1, false, ExpectedResult = nameof(Health.Good), TestName = "A dead target alone never makes an agent unfit")]
    [TestCase(50, false, ExpectedResult = nameof(Health.Good), TestName = "However many targets are dead while the orchestrator is heard the agent is fit")]
    [TestCase(2, true, ExpectedResult = nameof(Health.Suspect), TestName = "Two targets and the orchestrator are not enough")]
    [TestCase(3, true, ExpectedResult = nameof(Health.Bad), TestName = "Three targets and the orchestrator are")]
    public string Link(int cut, bool silent) => LinkJudge.Judge(new LinkSignals(true, silent, cut, default)).Health.ToString();

    [Test]
    public void A_machine_without_a_network_that_reaches_nobody_is_unfit_and_one_that_reaches_itself_is_fit()
    {
        Assert.That(LinkJudge.Judge(new LinkSignals(InterfaceUp: false, SessionSilent: false, 1, default)).Detail, Is.EqualTo("no network interface is up"));
        Assert.That(LinkJudge.Judge(new LinkSignals(InterfaceUp: false, SessionSilent: true, 0, default)).Health, Is.EqualTo(Health.Good));
    }

    // unanswered names, domains, canary trusted, canary failed in a row, canary answered
    [TestCase(0, 0, true, 5, false, ExpectedResult = nameof(Health.Good))]
    [TestCase(1, 1, true, 0, false, ExpectedResult = nameof(Health.Suspect), TestName = "A name without an answer is suspect until the root was asked for")]
    [TestCase(1, 1, true, 1, false, ExpectedResult = nameof(Health.Suspect))]
    [TestCase(1, 1, true, 2, false, ExpectedResult = nameof(Health.Certain), TestName = "A name and twice the root without an answer is the resolver")]
    [TestCase(9, 9, true, 0, true, ExpectedResult = nameof(Health.Good), TestName = "However many names get no answer a resolver that tells the root works")]
    [TestCase(9, 1, false, 9, false, ExpectedResult = nameof(Health.Suspect), TestName = "Many names of one domain may be that domains servers")]
    [TestCase(2, 2, false, 9, false, ExpectedResult = nameof(Health.Suspect))]
    [TestCase(3, 2, false, 9, false, ExpectedResult = nameof(Health.Certain), TestName = "Three names of two domains are the resolver where it never tells the root")]
    public string Resolver(int names, int domains, bool trusted, int failed, bool answered) =>
        ResolverJudge.Judge(new ResolverSignals(names, domains, default, trusted, failed, answered)).Health.ToString();

    [TestCase(3600, 0, true, ExpectedResult = "the clock is 3600 s behind the orchestrator's")]
    [TestCase(-301, 0, true, ExpectedResult = "the clock is 301 s ahead of the orchestrator's")]
    [TestCase(299, 0, true, ExpectedResult = "")]
    [TestCase(3600, 0, false, ExpectedResult = "")]
    [TestCase(0, 12.34, true, ExpectedResult = "the clock was set forward by 12.3 s")]
    [TestCase(0, -1.5, false, ExpectedResult = "the clock was set back by 1.5 s")]
    [TestCase(0, 0.9, true, ExpectedResult = "")]
    public string Clock(double offset, double jump, bool measured) =>
        ClockJudge.Judge(new ClockSignals(measured, TimeSpan.FromSeconds(offset), TimeSpan.FromSeconds(jump))).Detail;

    [TestCase(0, null, 0, null, ExpectedResult = "")]
    [TestCase(499, 0.2, 0.2, 200.0, ExpectedResult = "")]
    [TestCase(501, null, 0, null, ExpectedResult = "timers come 501 ms late")]
    [TestCase(8040, null, 0, null, ExpectedResult = "the agent did not run for 8.0 s: it was stopped, suspended or starved")]
    [TestCase(0, 0.4, 0, null, ExpectedResult = "its CPU limit holds it back 40 % of the time")]
    [TestCase(0, null, 0.31, null, ExpectedResult = "it collects garbage 31 % of the time")]
    [TestCase(0, null, 0, 275.0, ExpectedResult = "its threads wait 275 ms for a CPU each time")]
    public string Cpu(double lagMs, double? throttled, double collecting, double? queuedMs) => CpuJudge.Judge(new CpuSignals(
        TimeSpan.FromMilliseconds(lagMs), throttled, collecting, queuedMs is { } ms ? TimeSpan.FromMilliseconds(ms) : null)).Detail;

    [TestCase(10, 2, ExpectedResult = nameof(Health.Good), TestName = "Two late starts of ten are chance")]
    [TestCase(10, 3, ExpectedResult = nameof(Health.Bad))]
    [TestCase(300, 3, ExpectedResult = nameof(Health.Good), TestName = "One in a hundred is within the 99th percentile")]
    [TestCase(299, 3, ExpectedResult = nameof(Health.Bad))]
    [TestCase(0, 0, ExpectedResult = nameof(Health.Good))]
    public string Scheduler(int starts, int veryLate) => SchedulerJudge.Judge(new SchedulerSignals(starts, veryLate, TimeSpan.FromSeconds(1))).Health.ToString();

    [Test]
    public void Parts_of_a_span_are_those_between_two_readings_and_too_short_a_span_says_nothing()
    {
        var from = new MachineTotals(TimeSpan.FromSeconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(50), 1_000);
        var to = new MachineTotals(TimeSpan.FromSeconds(105), TimeSpan.FromSeconds(2), TimeSpan.FromSeconds(60), 1_100);
        Assert.That(CpuWindow.Between(from, to, TimeSpan.FromSeconds(10)), Is.EqualTo(new CpuSignals(default, 0.5, 0.1, TimeSpan.FromMilliseconds(100))));
        Assert.That(CpuWindow.Between(from, to, TimeSpan.FromSeconds(2)), Is.EqualTo(default(CpuSignals)));
        Assert.That(CpuWindow.Between(to, from, TimeSpan.FromSeconds(10)).Queued, Is.Null, "threads have ended");
    }

    [TestCase("113114407 118069312 321\n", 118069312, 321)]
    [TestCase("0 0 0", 0, 0)]
    public void What_Linux_tells_of_a_thread_is_read(string line, long waited, long slices) =>
        Assert.That(MachineSignals.Parse(System.Text.Encoding.ASCII.GetBytes(line)), Is.EqualTo(((long, long)?)(waited, slices)));

    [TestCase("")]
    [TestCase("1 2")]
    [TestCase("a b c")]
    public void What_is_no_such_line_is_nothing(string line) => Assert.That(MachineSignals.Parse(System.Text.Encoding.ASCII.GetBytes(line)), Is.Null);
}
