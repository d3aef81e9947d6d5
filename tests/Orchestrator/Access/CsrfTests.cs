using System.Net;
using System.Text;
using Probes.Orchestrator.Access;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access;

/// <summary>What another site makes a signed-in browser send.</summary>
public sealed class CsrfTests
{
    private RunningOrchestrator _orchestrator = null!;
    private Visitor _victim = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _orchestrator = await RunningOrchestrator.StartAsync(("Limits:SignInPerMinute", "0"));
        _victim = new Visitor(_orchestrator);
        using var signedIn = await _victim.SignInAsync(_orchestrator.AdminKey);
        Assert.That(signedIn.Headers.Location!.ToString(), Is.EqualTo("/agents"));
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _victim.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [TestCase("/api/v1/apply")]
    [TestCase("/api/v1/keys")]
    [TestCase("/api/v1/tokens")]
    [TestCase("/users")]
    [TestCase("/add")]
    [TestCase("/logout")]
    public async Task A_change_sent_by_another_site_is_refused(string path)
    {
        foreach (var origin in new[] { "https://attacker.example.com", "null", null, $"http://127.0.0.1:{_orchestrator.Http.Port + 1}" })
        {
            using var response = await _victim.PostAsync(path, new StringContent("{}", Encoding.UTF8, "application/json"), origin);
            Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden), $"{path} from {origin ?? "nowhere"}");
        }

        Assert.That(await _victim.StatusAsync("/agents"), Is.EqualTo(HttpStatusCode.OK), "still signed in");
    }

    [Test]
    public async Task A_form_from_our_own_origin_without_its_antiforgery_token_is_refused_too()
    {
        using var response = await _victim.PostAsync("/users", new FormUrlEncodedContent([new("_handler", "new-key"), new("Made.Name", "forged"), new("Made.Role", "admin")]));
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.BadRequest));
        Assert.That((await _orchestrator.Get<ApiKeys>().ListAsync(null, CancellationToken.None)).Select(k => k.Name), Has.None.EqualTo("forged"));
    }

    [Test]
    public async Task Another_site_cannot_sign_somebody_in_by_form_or_by_link()
    {
        using var victim = new Visitor(_orchestrator);
        using var form = await victim.SignInAsync(_orchestrator.AdminKey, "https://attacker.example.com");
        Assert.That(form.StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
        using var link = await victim.GetAsync($"/login?key={_orchestrator.AdminKey}", site: "cross-site");
        Assert.That(link.Headers.Location!.ToString(), Does.StartWith("/login?returnUrl=").And.Not.Contain("prk_"));
        Assert.That(victim.Cookies.Count, Is.Zero);
        using var typed = await victim.GetAsync($"/login?key={_orchestrator.AdminKey}", site: "none");
        Assert.That(victim.Cookies.Count, Is.EqualTo(1), "the link that the orchestrator prints works");
        Assert.That(typed.Headers.GetValues("Referrer-Policy").Single(), Is.EqualTo("no-referrer"));
    }

    [TestCase("/api/v1/events")]
    [TestCase("/api/v1/keys")]
    [TestCase("/metrics")]
    public async Task Data_and_streams_are_not_for_other_sites_or_ports(string path)
    {
        foreach (var site in new[] { "cross-site", "same-site" })
        {
            using var response = await _victim.GetAsync(path, site);
            await ApiFixture.ProblemAsync(response, 403);
            Assert.That(response.Headers.Contains("Access-Control-Allow-Origin"), Is.False);
        }
    }

    [Test]
    public async Task The_way_out_ends_the_session_and_is_on_record()
    {
        using var visitor = new Visitor(_orchestrator);
        (await visitor.SignInAsync(_orchestrator.AdminKey)).Dispose();
        using var left = await visitor.PostAsync("/logout", null);
        Assert.That(left.Headers.Location!.ToString(), Is.EqualTo("/login"));
        Assert.That(await visitor.StatusAsync("/agents"), Is.EqualTo(HttpStatusCode.Redirect));
    }
}
