using System.Net;
using System.Net.Http.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Live;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access;

public sealed class KeyTests
{
    private RunningOrchestrator _orchestrator = null!;

    [OneTimeSetUp]
    public async Task Start() => _orchestrator = await RunningOrchestrator.StartAsync();

    [OneTimeTearDown]
    public async Task Stop() => await _orchestrator.DisposeAsync();

    [Test]
    public async Task A_key_has_a_role_an_expiry_and_a_last_use()
    {
        using var admin = _orchestrator.Client(_orchestrator.AdminKey);
        using var response = await admin.PostAsJsonAsync("/api/v1/keys", new { name = "ci", role = "editor", expiresInSeconds = 3600 });
        Assert.That(response.StatusCode, Is.EqualTo(HttpStatusCode.Created));
        var made = await ApiFixture.ReadAsync(response);
        using var ci = _orchestrator.Client(made.GetProperty("key").GetString());
        Assert.That((await ci.GetAsync("/api/v1/checks")).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        var listed = (await ApiFixture.ReadAsync(await admin.GetAsync("/api/v1/keys"))).EnumerateArray().Single(k => k.GetProperty("id").GetString() == made.GetProperty("id").GetString());
        Assert.That(listed.GetProperty("role").GetString(), Is.EqualTo("editor"));
        Assert.That(listed.GetProperty("state").GetString(), Is.EqualTo("live"));
        Assert.That(listed.GetProperty("createdBy").GetString(), Is.EqualTo("admin"));
        Assert.That(listed.GetProperty("expiresAt").GetDateTimeOffset() - listed.GetProperty("createdAt").GetDateTimeOffset(), Is.EqualTo(TimeSpan.FromHours(1)).Within(TimeSpan.FromSeconds(2)));
        Assert.That(listed.GetProperty("lastUsedAt").GetDateTimeOffset(), Is.EqualTo(TimeProvider.System.GetUtcNow()).Within(TimeSpan.FromMinutes(1)));
        Assert.That(listed.ToString(), Does.Not.Contain("prk_"));
    }

    [Test]
    public async Task A_key_is_a_viewer_for_90_days_unless_more_is_asked_for()
    {
        using var admin = _orchestrator.Client(_orchestrator.AdminKey);
        var made = await ApiFixture.ReadAsync(await admin.PostAsJsonAsync("/api/v1/keys", new { name = "plain" }));
        Assert.That(made.GetProperty("role").GetString(), Is.EqualTo("viewer"));
        Assert.That(made.GetProperty("expiresAt").GetDateTimeOffset(), Is.EqualTo(TimeProvider.System.GetUtcNow().AddDays(90)).Within(TimeSpan.FromMinutes(1)));
        var forever = await ApiFixture.ReadAsync(await admin.PostAsJsonAsync("/api/v1/keys", new { name = "forever", expiresInSeconds = 0 }));
        Assert.That(forever.GetProperty("expiresAt").ValueKind, Is.EqualTo(System.Text.Json.JsonValueKind.Null));
    }

    [TestCase("""{"name":""}""", "name")]
    [TestCase("""{"name":"a\u0000b"}""", "name")]
    [TestCase("""{"name":"x","role":"root"}""", "role")]
    [TestCase("""{"name":"x","expiresInSeconds":59}""", "expiresInSeconds")]
    [TestCase("""{"name":"x","expiresInSeconds":9223372036854775807}""", "expiresInSeconds")]
    [TestCase("""{"name":"x","project":"nowhere"}""", "project")]
    [TestCase("""{"name":"x","rights":"all"}""", "rights")]
    [TestCase("""["name"]""", "body")]
    public async Task A_key_that_is_not_allowed_is_refused_by_its_field(string body, string field)
    {
        using var admin = _orchestrator.Client(_orchestrator.AdminKey);
        using var response = await admin.PostAsync("/api/v1/keys", ApiFixture.Json(body));
        Assert.That((await ApiFixture.ProblemAsync(response, 400)).GetProperty("field").GetString(), Is.EqualTo(field));
    }

    [Test]
    public async Task Nobody_makes_or_revokes_a_key_that_reaches_further_than_their_own()
    {
        var keys = _orchestrator.Get<ApiKeys>();
        var (_, bound) = await keys.CreateAsync("team", Role.Admin, "default", null, "test", CancellationToken.None);
        var (other, _) = await keys.CreateAsync("global", Role.Viewer, null, null, "test", CancellationToken.None);
        using var team = _orchestrator.Client(bound);
        using var elsewhere = await team.PostAsJsonAsync("/api/v1/keys", new { name = "x", project = "payments" });
        Assert.That((await ApiFixture.ProblemAsync(elsewhere, 400)).GetProperty("field").GetString(), Is.EqualTo("project"));
        var made = await ApiFixture.ReadAsync(await team.PostAsJsonAsync("/api/v1/keys", new { name = "x", role = "admin" }));
        Assert.That(made.GetProperty("project").GetString(), Is.EqualTo("default"), "all projects is more than its maker has");
        Assert.That((await team.DeleteAsync($"/api/v1/keys/{other.Id}")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await ApiFixture.ReadAsync(await team.GetAsync("/api/v1/keys"))).EnumerateArray().Select(k => k.GetProperty("project").GetString()), Is.All.EqualTo("default"));

        var desk = _orchestrator.Get<KeyDesk>();
        var editor = new Caller("e", "key", Role.Editor, null, "");
        Assert.That(async () => await desk.CreateAsync(editor, "up", "admin", null, null, CancellationToken.None), Throws.TypeOf<AccessRefusedException>());
    }

    [Test]
    public async Task An_expired_key_opens_nothing_and_ends_its_sessions_and_streams()
    {
        var keys = _orchestrator.Get<ApiKeys>();
        var (info, secret) = await keys.CreateAsync("short", Role.Viewer, null, null, "test", CancellationToken.None);
        var cookie = await SignInAsync(secret);
        Assert.That(await AskAsync(cookie), Is.EqualTo(HttpStatusCode.OK));
        await using (var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync())
        {
            var past = TimeProvider.System.GetUtcNow().AddSeconds(-1);
            await db.Set<ApiKeyEntity>().Where(k => k.PublicId == info.Id).ExecuteUpdateAsync(k => k.SetProperty(x => x.ExpiresAt, past));
        }

        await keys.RereadAsync(CancellationToken.None);
        using var client = _orchestrator.Client(secret);
        Assert.That((await client.GetAsync("/api/v1/checks")).StatusCode, Is.EqualTo(HttpStatusCode.Unauthorized));
        Assert.That(await AskAsync(cookie), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_revoked_key_ends_the_sessions_it_began_and_a_lesser_role_counts_at_once()
    {
        var keys = _orchestrator.Get<ApiKeys>();
        var (info, secret) = await keys.CreateAsync("leaver", Role.Editor, null, null, "test", CancellationToken.None);
        var cookie = await SignInAsync(secret);
        Assert.That(await AskAsync(cookie), Is.EqualTo(HttpStatusCode.OK));
        await keys.RevokeAsync(info.Id, null, CancellationToken.None);
        Assert.That(await AskAsync(cookie), Is.EqualTo(HttpStatusCode.Unauthorized));
    }

    [Test]
    public async Task A_stream_of_events_ends_when_its_key_is_revoked()
    {
        var keys = _orchestrator.Get<ApiKeys>();
        var (info, secret) = await keys.CreateAsync("listener", Role.Viewer, null, null, "test", CancellationToken.None);
        using var client = _orchestrator.Client(secret);
        using var response = await client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead);
        await using var body = await response.Content.ReadAsStreamAsync();
        using var reader = new StreamReader(body);
        Assert.That(await reader.ReadLineAsync(), Is.EqualTo("event: ping"));
        await keys.RevokeAsync(info.Id, null, CancellationToken.None);
        _orchestrator.Get<EventHub>().Publish(new LiveEvent("catalog", ""));
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (await reader.ReadLineAsync(deadline.Token) is not null)
        {
        }
    }

    private async Task<HttpStatusCode> AskAsync(string cookie)
    {
        using var client = _orchestrator.Client(null);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/checks");
        request.Headers.Add("Cookie", cookie);
        using var response = await client.SendAsync(request);
        return response.StatusCode;
    }

    private async Task<string> SignInAsync(string key)
    {
        using var client = _orchestrator.Client(null);
        using var response = await client.GetAsync($"/login?key={key}");
        return response.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }
}
