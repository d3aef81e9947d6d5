using Microsoft.Extensions.Time.Testing;
using Probes.Agent.Probes;
using Probes.Agent.Secrets;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;
using Wire = Probes.Contracts.Wire;

namespace Probes.Tests.Agent.Secrets;

public sealed class SecretProbeTests
{
    private readonly FakeTimeProvider _time = new();

    [Test]
    public async Task Without_its_secret_a_check_is_not_run_and_the_target_is_not_blamed()
    {
        var probe = new Recorder(_ => new ProbeOutcome { Status = RunStatus.Passed });
        var outcome = await RunAsync(new SecretProbe(probe, new SecretVault(_time)), Check("Bearer ${{ secrets.API_TOKEN }}"));
        Assert.That((outcome.Status, outcome.Source, outcome.Reason), Is.EqualTo((RunStatus.Failed, FailureSource.Agent, "secret_unavailable")));
        Assert.That(outcome.Message, Does.Contain("API_TOKEN"));
        Assert.That(probe.Seen, Is.Null);
    }

    [Test]
    public async Task Values_go_in_before_the_probe_and_none_comes_out_of_it()
    {
        var vault = Vault(("default", "API_TOKEN", "s3cret/value"));
        var probe = new Recorder(check => new ProbeOutcome
        {
            Status = RunStatus.Failed,
            Reason = "s3cret/value",
            Message = $"said {((HttpSpec)check.Probe).Headers[0].Value}",
            Assertions = [new AssertionOutcome("body is s3cret/value", false, "{\"echo\":\"s3cret\\/value\"}")],
            Evidence = new Dictionary<string, string> { ["final_url"] = "http://x/?k=s3cret%2fvalue" },
        });
        var outcome = await RunAsync(new SecretProbe(probe, vault), Check("Bearer ${{secrets.API_TOKEN}}") with { Name = "web" });
        Assert.That(((HttpSpec)probe.Seen!.Probe).Headers[0].Value, Is.EqualTo("Bearer s3cret/value"));
        Assert.That(((HttpSpec)probe.Seen.Probe).Url.Query, Is.EqualTo("?k=s3cret%2Fvalue"));
        Assert.That((outcome.Reason, outcome.Message), Is.EqualTo(("***", "said Bearer ***")));
        Assert.That(outcome.Assertions.Single(), Is.EqualTo(new AssertionOutcome("body is ***", false, "{\"echo\":\"***\"}")));
        Assert.That(outcome.Evidence["final_url"], Is.EqualTo("http://x/?k=***"));
    }

    [Test]
    public async Task What_was_answered_to_a_secret_leaves_no_digest()
    {
        var probe = new Recorder(_ => new ProbeOutcome { Status = RunStatus.Passed, Evidence = new Dictionary<string, string> { ["body_hash"] = "0123456789abcdef", ["body_bytes"] = "4" } });
        var secret = new SecretProbe(probe, Vault(("default", "API_TOKEN", "s3cret/value")));
        Assert.That((await RunAsync(secret, Check("${{ secrets.API_TOKEN }}"))).Evidence.Keys, Is.EqualTo(new[] { "body_bytes" }));
        Assert.That((await RunAsync(secret, Check("plain", query: "a=b"))).Evidence.Keys, Is.EquivalentTo(new[] { "body_hash", "body_bytes" }));
    }

    [Test]
    public async Task What_another_check_shows_of_a_secret_is_blacked_out_too()
    {
        var probe = new Recorder(_ => new ProbeOutcome { Status = RunStatus.Passed, Message = "s3cret/value" });
        var outcome = await RunAsync(new SecretProbe(probe, Vault(("default", "API_TOKEN", "s3cret/value"))), Check("plain", query: "a=b"));
        Assert.That(outcome.Message, Is.EqualTo("***"));
    }

    [Test]
    public void A_fault_of_the_probe_does_not_take_the_secret_along()
    {
        var probe = new SecretProbe(new Recorder(_ => throw new FormatException("bad header s3cret/value")), Vault(("default", "API_TOKEN", "s3cret/value")));
        var fault = Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(probe, Check("${{ secrets.API_TOKEN }}")));
        Assert.That(fault!.ToString(), Does.Contain("bad header ***").And.Not.Contain("s3cret/value"));
    }

    [Test]
    public async Task A_value_with_a_line_break_does_not_begin_another_header()
    {
        var probe = new Recorder(_ => new ProbeOutcome { Status = RunStatus.Passed });
        var outcome = await RunAsync(new SecretProbe(probe, Vault(("default", "API_TOKEN", "one\r\nHost: other"))), Check("${{ secrets.API_TOKEN }}"));
        Assert.That((outcome.Source, outcome.Reason, probe.Seen), Is.EqualTo((FailureSource.Agent, "secret_unavailable", (Check?)null)));
    }

    [Test]
    public async Task A_secret_of_another_project_is_not_meant()
    {
        var outcome = await RunAsync(new SecretProbe(new Recorder(_ => throw new AssertionException("ran")), Vault(("red", "API_TOKEN", "of red alone"))),
            Check("${{ secrets.API_TOKEN }}") with { Name = "blue/web" });
        Assert.That(outcome.Reason, Is.EqualTo("secret_unavailable"));
    }

    [Test]
    public void A_value_that_was_replaced_or_taken_away_is_blacked_out_still()
    {
        var vault = Vault(("default", "API_TOKEN", "the first value"));
        vault.Take(Values(("default", "API_TOKEN", "the second value")));
        vault.Take(Values());
        Assert.That(vault.Redact("the first value, the second value"), Is.EqualTo("***, ***"));
        Assert.That(vault.Find("default", "API_TOKEN"), Is.EqualTo("the second value"), "its check may be run until it has gone over");
        _time.Advance(TimeSpan.FromMinutes(2));
        Assert.That(vault.Find("default", "API_TOKEN"), Is.Null);
    }

    private SecretVault Vault(params (string, string, string)[] values)
    {
        var vault = new SecretVault(_time);
        vault.Take(Values(values));
        return vault;
    }

    private static Wire.Secrets Values(params (string Project, string Name, string Value)[] values) =>
        new() { Values = { values.Select(v => new Wire.SecretValue { Project = v.Project, Name = v.Name, Value = v.Value }) } };

    private static async Task<ProbeOutcome> RunAsync(SecretProbe probe, Check check) => await probe.RunAsync(check, CancellationToken.None, CancellationToken.None);

    private static Check Check(string header, string query = "k=${{ secrets.API_TOKEN }}") => new()
    {
        Name = "web",
        Probe = new HttpSpec { Url = new Uri($"http://example.com/?{query}"), Headers = [KeyValuePair.Create("Authorization", header)] },
    };

    private sealed class Recorder(Func<Check, ProbeOutcome> run) : IProbe
    {
        public string Kind => "http";

        public Check? Seen { get; private set; }

        public ValueTask<ProbeOutcome> RunAsync(Check check, CancellationToken timeout, CancellationToken stopping)
        {
            Seen = check;
            return ValueTask.FromResult(run(check));
        }
    }
}
