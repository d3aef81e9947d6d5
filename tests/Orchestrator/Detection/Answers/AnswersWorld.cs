using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Orchestrator.Detection.Answers;

/// <summary>Four regions that run one check every minute and are answered as a test says, from noon on.</summary>
internal sealed class AnswersWorld(ProbeSpec probe)
{
    public static readonly DateTimeOffset Noon = new(2026, 3, 2, 12, 0, 0, TimeSpan.Zero);
    public static readonly string[] Regions = ["ap-south", "eu-west", "sa-east", "us-east"];

    private readonly CheckAnswers _answers = new(new Check { Name = "shop", Revision = 1, Interval = TimeSpan.FromMinutes(1), Probe = probe });

    public static readonly HttpSpec Http = new() { Url = new Uri("https://shop.test/") };
    public static readonly DnsSpec Dns = new() { Name = "shop.test" };

    public int Minute { get; private set; }

    public CheckAnswers Answers => _answers;

    /// <param name="minutes">How long.</param>
    /// <param name="answer">From region and minute since noon.</param>
    public AnswersWorld Run(int minutes, Func<string, int, RunResult> answer)
    {
        for (var end = Minute + minutes; Minute < end; Minute++)
        {
            foreach (var region in Regions)
            {
                _answers.Take(answer(region, Minute) with { Due = Noon.AddMinutes(Minute) }, region);
            }
        }

        return this;
    }

    public IReadOnlyList<AnswerDifference> Compare(Func<string, bool>? slower = null) => _answers.Compare(Micros.Of(Noon.AddMinutes(Minute)), new AnswersOptions(), slower ?? (_ => false));

    public AnswerDifference? One(Func<string, bool>? slower = null)
    {
        var all = Compare(slower);
        Assert.That(all, Has.Count.LessThanOrEqualTo(1), string.Join('\n', all.Select(d => d.Words)));
        return all.SingleOrDefault();
    }

    public static RunResult Passed(string address = "192.0.2.1:443", params (string Name, string Value)[] evidence) => new()
    {
        Check = "shop",
        CheckRevision = 1,
        Due = Noon,
        Status = RunStatus.Passed,
        StatusCode = 200,
        Address = address,
        Evidence = evidence.ToDictionary(e => e.Name, e => e.Value),
    };

    public static RunResult Answered(string answers, int ttl = 60) => Passed("192.0.2.53:53", ("answers", answers), ("ttl", $"{ttl}")) with { StatusCode = 0 };

    public static RunResult Body(string hash) => Passed("192.0.2.1:443", ("body_hash", hash));

    public static RunResult Certificate(string leaf, string issuer) =>
        Passed("192.0.2.1:443", ("cert", $"{leaf}/{issuer}"), ("cert_issuer", $"CN={issuer}"), ("cert_not_after", "2026-12-31T00:00:00Z"));

    public static RunResult Refused(string reason) => Passed("") with { Status = RunStatus.Failed, Source = FailureSource.Dns, Reason = reason, StatusCode = 3 };
}
