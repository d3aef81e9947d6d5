using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Probes.Orchestrator.Access;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access;

public sealed class AuditTests
{
    private RunningOrchestrator _orchestrator = null!;
    private HttpClient _admin = null!;

    [OneTimeSetUp]
    public async Task Start()
    {
        _orchestrator = await RunningOrchestrator.StartAsync();
        _admin = _orchestrator.Client(_orchestrator.AdminKey);
    }

    [OneTimeTearDown]
    public async Task Stop()
    {
        _admin.Dispose();
        await _orchestrator.DisposeAsync();
    }

    [Test]
    public async Task A_change_is_on_record_with_who_what_before_after_and_from_where()
    {
        using var made = await _admin.PutAsync("/api/v1/checks/audited", ApiFixture.Yaml(ApiFixture.Check("audited")));
        using var dry = await _admin.PostAsync("/api/v1/apply?dryRun=true", ApiFixture.Yaml(ApiFixture.Check("audited").Replace("443", "8443", StringComparison.Ordinal)));
        using var changed = await _admin.PostAsync("/api/v1/apply", ApiFixture.Yaml(ApiFixture.Check("audited").Replace("443", "8443", StringComparison.Ordinal)));
        using var same = await _admin.PostAsync("/api/v1/apply", ApiFixture.Yaml(ApiFixture.Check("audited").Replace("443", "8443", StringComparison.Ordinal)));
        using var gone = await _admin.DeleteAsync("/api/v1/checks/audited");
        Assert.That(gone.StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        var entries = (await ReadAsync("?target=check/audited")).GetProperty("items").EnumerateArray().ToList();
        Assert.That(entries.Select(Action), Is.EqualTo(new[] { "check.delete", "check.apply", "check.apply" }), "newest first; neither the dry run nor the second of the same");
        Assert.That(entries.Select(e => e.GetProperty("actor").GetString()), Is.All.EqualTo("admin"));
        Assert.That(entries.Select(e => e.GetProperty("address").GetString()), Is.All.EqualTo("127.0.0.1"));
        Assert.That(entries[1].GetProperty("before").GetString(), Does.Contain("443"));
        Assert.That(entries[1].GetProperty("after").GetString(), Does.Contain("8443"));
        Assert.That(entries[0].GetProperty("after").ValueKind, Is.EqualTo(JsonValueKind.Null));
        Assert.That(entries[2].GetProperty("before").ValueKind, Is.EqualTo(JsonValueKind.Null));
    }

    [Test]
    public async Task Keys_tokens_and_sign_ins_are_on_record_without_their_secrets()
    {
        var key = await ApiFixture.ReadAsync(await _admin.PostAsJsonAsync("/api/v1/keys", new { name = "recorded", role = "viewer" }));
        using var location = await _admin.PutAsync("/api/v1/locations/lab", ApiFixture.Yaml("apiVersion: probes/v1\nkind: Location\nmetadata: {name: lab}\nspec: {}"));
        var token = await ApiFixture.ReadAsync(await _admin.PostAsJsonAsync("/api/v1/tokens", new { location = "lab" }));
        using var visitor = new Visitor(_orchestrator);
        (await visitor.SignInAsync(key.GetProperty("key").GetString()!)).Dispose();
        (await visitor.SignInAsync(Secret.New(Secret.ApiKey).Text)).Dispose();
        (await _admin.DeleteAsync($"/api/v1/tokens/{token.GetProperty("id").GetString()}")).Dispose();
        (await _admin.DeleteAsync($"/api/v1/keys/{key.GetProperty("id").GetString()}")).Dispose();
        var text = (await ReadAsync("?limit=500")).ToString();
        foreach (var action in new[] { "key.create", "key.revoke", "token.create", "token.revoke", "location.apply", "sign-in", "sign-in.refused" })
        {
            Assert.That(text, Does.Contain($"\"{action}\""));
        }

        Assert.That(text, Does.Not.Contain(key.GetProperty("key").GetString()).And.Not.Contain(token.GetProperty("token").GetString()).And.Not.Contain("prk_"));
    }

    [Test]
    public async Task Refused_sign_ins_are_bounded_on_record_and_those_left_out_are_counted()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var signIns = new SignIns(_orchestrator.Get<Audit>(), clock, Microsoft.Extensions.Logging.Abstractions.NullLogger<SignIns>.Instance);
        for (var i = 0; i < 200; i++)
        {
            await signIns.RefusedAsync("192.0.2.1", "key/flood", "wrong", CancellationToken.None);
        }

        var items = (await ReadAsync("?target=key/flood&limit=500")).GetProperty("items");
        Assert.That(items.GetArrayLength(), Is.EqualTo(30));
        clock.Advance(TimeSpan.FromMinutes(1));
        await signIns.RefusedAsync("192.0.2.1", "key/flood", "wrong", CancellationToken.None);
        items = (await ReadAsync("?target=key/flood&limit=1")).GetProperty("items");
        Assert.That(items[0].GetProperty("after").GetString(), Does.Contain("170 more refused"));
    }

    [Test]
    public async Task Pages_of_it_follow_one_another_without_a_gap_or_a_double()
    {
        var audit = _orchestrator.Get<Audit>();
        for (var i = 0; i < 7; i++)
        {
            await audit.WriteAsync(Caller.System("pager"), "test.page", $"page/{i}", null, $"{i}", CancellationToken.None);
        }

        List<string> seen = [];
        for (var cursor = ""; ;)
        {
            var page = await ReadAsync($"?actor=pager&limit=3{(cursor.Length > 0 ? $"&cursor={cursor}" : "")}");
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(e => e.GetProperty("target").GetString()!));
            if (page.GetProperty("cursor").GetString() is not { } next)
            {
                break;
            }

            cursor = next;
        }

        Assert.That(seen, Is.EqualTo(Enumerable.Range(0, 7).Reverse().Select(i => $"page/{i}")));
    }

    [TestCase("actor=%27%20OR%201%3D1--")]
    [TestCase("action=%25")]
    [TestCase("target=_%27;DROP%20TABLE%20audit;--")]
    public async Task What_looks_like_SQL_in_a_filter_is_only_text(string query)
    {
        Assert.That((await ReadAsync("?" + query)).GetProperty("items").GetArrayLength(), Is.Zero);
        Assert.That((await ReadAsync("")).GetProperty("items").GetArrayLength(), Is.Positive);
    }

    [TestCase("from=yesterday", "from")]
    [TestCase("limit=501", "limit")]
    [TestCase("cursor=-1", "cursor")]
    [TestCase("actor=a%00b", "actor")]
    public async Task A_filter_that_is_not_allowed_is_refused_by_its_field(string query, string field)
    {
        using var response = await _admin.GetAsync("/api/v1/audit?" + query);
        Assert.That((await ApiFixture.ProblemAsync(response, 400)).GetProperty("field").GetString(), Is.EqualTo(field));
    }

    [Test]
    public async Task What_is_older_than_its_retention_goes()
    {
        var clock = new FakeTimeProvider(TimeProvider.System.GetUtcNow().AddDays(-401));
        await using var store = await StoreUnderTest.CreateAsync("sqlite");
        await new Audit(store.Contexts, clock).WriteAsync(Caller.System("x"), "a.b", "old", null, null, CancellationToken.None);
        await new Audit(store.Contexts, TimeProvider.System).WriteAsync(Caller.System("x"), "a.b", "new", null, null, CancellationToken.None);
        var log = new AuditLog(store.Contexts);
        Assert.That(await log.ExpireAsync(TimeProvider.System.GetUtcNow().AddDays(-400), CancellationToken.None), Is.EqualTo(1));
        Assert.That((await log.ReadAsync(new AuditFilter(null, null, null, null, null), null, null, 10, CancellationToken.None)).Items.Single().Target, Is.EqualTo("new"));
    }

    [Test]
    public void A_difference_shows_what_came_and_what_went() =>
        Assert.That(LineDiff.Of("a\nb\nc\nd", "a\nx\nc\nd\ne").Select(l => $"{l.Mark}{l.Text}"), Is.EqualTo(new[] { " a", "-b", "+x", " c", " d", "+e" }));

    private static string? Action(JsonElement entry) => entry.GetProperty("action").GetString();

    private async Task<JsonElement> ReadAsync(string query) => await ApiFixture.ReadAsync(await _admin.GetAsync("/api/v1/audit" + query));
}
