using System.Net;
using System.Text;
using DnsClient;
using Probes.Orchestrator.Embedded.Demo;

namespace Probes.Tests.Orchestrator.Embedded;

public sealed class DemoTests
{
    [Test]
    public void Faults_follow_one_another_without_overlap_and_the_first_comes_soon()
    {
        var faults = Enumerable.Range(0, 20).Select(DemoFault.Number).ToList();
        Assert.That(faults[0].From, Is.LessThanOrEqualTo(TimeSpan.FromSeconds(75)));
        Assert.That(faults.Zip(faults.Skip(1)).All(p => p.First.Until < p.Second.From && p.First.Region != p.Second.Region));
        Assert.That(faults.Select(f => f.Region), Is.All.Matches<string>(r => DemoRegion.All.Any(d => d.Name == r)));
    }

    [Test]
    public async Task Each_regions_DNS_answers_a_real_resolver_with_the_regions_own_address_and_is_slow_when_told()
    {
        var conditions = new DemoConditions(new Random(1));
        var region = DemoRegion.All[2];
        await using var dns = new DemoDns(region, conditions, TimeProvider.System);
        var client = new LookupClient(new LookupClientOptions(dns.EndPoint) { UseCache = false, Retries = 0 });
        var answer = await client.QueryAsync(DemoTarget.Host, QueryType.A);
        Assert.That(answer.Answers.ARecords().Single().Address, Is.EqualTo(region.Address));
        Assert.That((await client.QueryAsync(DemoTarget.Host, QueryType.AAAA)).Answers, Is.Empty);
        Assert.That((await client.QueryAsync("other.example.com", QueryType.A)).Header.ResponseCode, Is.EqualTo(DnsHeaderResponseCode.NotExistentDomain));

        conditions.Set(region.Name, FaultKind.SlowDns);
        var started = TimeProvider.System.GetTimestamp();
        await client.QueryAsync(DemoTarget.Host, QueryType.A);
        Assert.That(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, Is.InRange(90, 600));
    }

    [Test]
    public void Broken_queries_are_answered_with_a_format_error_or_not_at_all()
    {
        Assert.That(DemoDns.Answer([1, 2, 3], IPAddress.Loopback), Is.Null);
        var cut = new byte[14];
        cut[12] = 40;
        Assert.That(DemoDns.Answer(cut, IPAddress.Loopback)![3], Is.EqualTo(1));
        Assert.That(DemoDns.Answer(Encoding.ASCII.GetBytes(new string('x', 300)), IPAddress.Loopback), Is.Not.Null);
    }

    [Test]
    public async Task The_target_is_slow_and_fails_for_the_region_that_it_should_be_and_no_other()
    {
        var conditions = new DemoConditions(new Random(1));
        await using var target = await DemoTarget.StartAsync(conditions, TimeProvider.System, CancellationToken.None);
        conditions.Set("eu-west", FaultKind.Failures);
        conditions.Set("eu-central", FaultKind.SlowServer);
        Assert.That(await FailuresAsync(target, "eu-west"), Is.InRange(5, 19));
        Assert.That(await FailuresAsync(target, "us-east"), Is.Zero);
        var started = TimeProvider.System.GetTimestamp();
        Assert.That(await FailuresAsync(target, "eu-central"), Is.Zero);
        Assert.That(TimeProvider.System.GetElapsedTime(started).TotalMilliseconds, Is.GreaterThan(180));
    }

    private static async Task<int> FailuresAsync(DemoTarget target, string region)
    {
        var address = DemoRegion.All.Single(r => r.Name == region).Address;
        using var client = new HttpClient(new SocketsHttpHandler());
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetAsync($"http://{address}:{target.Port}/")));
        return answers.Count(a => a.StatusCode == HttpStatusCode.ServiceUnavailable);
    }
}
