using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Store;

namespace Probes.Tests.Testing;

/// <summary>Of checkout-api: one region is shown another certificate, and one keeps old content; as the product compares them.</summary>
internal sealed class DashboardAnswers(DashboardWorld world) : IAnswers
{
    public AnswersReport? Of(string check)
    {
        if (check != "checkout-api")
        {
            return null;
        }

        var now = world.Now();
        var answers = new CheckAnswers(new Check { Name = check, Revision = 1, Interval = TimeSpan.FromMinutes(1), Probe = new HttpSpec { Url = new Uri("https://shop.example.com/") } });
        for (var minute = 300; minute >= 0; minute--)
        {
            foreach (var (region, _, _, _, _) in DashboardWorld.Regions)
            {
                answers.Take(Run(check, region, now.AddMinutes(-minute), minute), region);
            }
        }

        var options = new AnswersOptions();
        return AnswersReport.Of(check, answers.Compare(Micros.Of(now), options, _ => false), answers, Micros.Of(now), (long)(options.LearnMinutes * Micros.PerMinute));
    }

    private static RunResult Run(string check, string region, DateTimeOffset due, int back)
    {
        var (other, old) = (region == "sa-east" && back < 23, region == "ap-southeast" || back > 90);
        return new RunResult
        {
            Check = check,
            CheckRevision = 1,
            Due = due,
            Status = RunStatus.Passed,
            StatusCode = 200,
            Address = $"192.0.2.{region.Length}:443",
            Evidence = new Dictionary<string, string>
            {
                ["cert"] = other ? "77c0ffee00112233/a1b2c3d4" : "0123456789abcdef/01234567",
                ["cert_issuer"] = other ? $"CN=Another CA {DashboardWorld.Hostile}" : "CN=Example CA",
                ["cert_not_after"] = "2027-01-31T00:00:00Z",
                ["body_hash"] = old ? "00aa11bb22cc33dd" : "9f8e7d6c5b4a3921",
                ["cf-ray"] = $"8f2a3b4c5d6e7f80-{region[..3].Trim('-')}",
                ["cf-cache-status"] = (back + region.Length) % 7 == 0 ? "MISS" : "HIT",
            },
        };
    }
}
