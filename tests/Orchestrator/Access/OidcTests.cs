using System.Net;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.IdentityModel.Tokens;
using Probes.Orchestrator.Access;
using Probes.Orchestrator.Commands;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Orchestrator.Api;
using Probes.Tests.Testing;
using OidcProvider = Probes.Tests.Testing.OidcProvider;

namespace Probes.Tests.Orchestrator.Access;

/// <summary>Sign-in at a real provider, and what an attacker in its place or in between is refused.</summary>
public sealed class OidcTests
{
    private OidcProvider _provider = null!;
    private RunningOrchestrator _orchestrator = null!;

    [SetUp]
    public async Task Start()
    {
        _provider = await OidcProvider.StartAsync();
        _orchestrator = await StartAsync(_provider, ("Oidc:RoleMap", "ops=admin; urn:team:dev=editor; pay=editor,default"));
    }

    [TearDown]
    public async Task Stop()
    {
        await _orchestrator.DisposeAsync();
        await _provider.DisposeAsync();
    }

    [Test]
    public async Task A_person_signs_in_with_the_role_that_the_claim_grants()
    {
        _provider.Person = Person("7", "Grace", "urn:team:dev", "visitors");
        using var visitor = new Visitor(_orchestrator);
        using var back = await visitor.SignInAtProviderAsync();
        Assert.That(back.Headers.Location!.ToString(), Is.EqualTo("/login/done?returnUrl=%2Fagents"));
        using var done = await visitor.GetAsync(back.Headers.Location.ToString());
        Assert.That(await done.Content.ReadAsStringAsync(), Does.Contain("content=\"0;url=/agents\""));
        using var page = await visitor.GetAsync("/agents");
        Assert.That(await page.Content.ReadAsStringAsync(), Does.Contain(">Grace</b>").And.Contain("editor"));
        Assert.That(await visitor.StatusAsync("/users"), Is.EqualTo(HttpStatusCode.Forbidden));
        Assert.That((await UserAsync()).Role, Is.EqualTo("editor"));
    }

    [Test]
    public async Task Tokens_signed_with_an_elliptic_curve_count_too()
    {
        await using var provider = await OidcProvider.StartAsync(elliptic: true);
        await using var orchestrator = await StartAsync(provider, ("Oidc:DefaultRole", "viewer"));
        using var visitor = new Visitor(orchestrator);
        using var back = await visitor.SignInAtProviderAsync();
        Assert.That(await visitor.StatusAsync("/agents"), Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await visitor.StatusAsync("/audit"), Is.EqualTo(HttpStatusCode.Forbidden));
    }

    [TestCase("wrong nonce")]
    [TestCase("wrong issuer")]
    [TestCase("wrong audience")]
    [TestCase("expired")]
    [TestCase("not yet")]
    [TestCase("foreign key")]
    [TestCase("shared secret")]
    [TestCase("unsigned")]
    [TestCase("no role")]
    public async Task A_token_that_is_not_right_signs_nobody_in(string how)
    {
        _provider.Person = Person("7", "Mallory", how == "no role" ? "visitors" : "ops");
        _provider.ForeignKey = how == "foreign key";
        _provider.Unsigned = how == "unsigned";
        _provider.Tamper = token =>
        {
            var now = TimeProvider.System.GetUtcNow().UtcDateTime;
            switch (how)
            {
                case "wrong nonce": token.Claims["nonce"] = "another"; break;
                case "wrong issuer": token.Issuer = "https://attacker.example.com"; break;
                case "wrong audience": token.Audience = "another-client"; break;
                case "expired": (token.IssuedAt, token.NotBefore, token.Expires) = (now.AddHours(-2), now.AddHours(-2), now.AddHours(-1)); break;
                case "not yet": (token.NotBefore, token.Expires) = (now.AddHours(1), now.AddHours(2)); break;
                case "shared secret": token.SigningCredentials = new SigningCredentials(new SymmetricSecurityKey(new byte[32]) { KeyId = "k1" }, "HS256"); break;
            }
        };
        using var visitor = new Visitor(_orchestrator);
        using var back = await visitor.SignInAtProviderAsync();
        Assert.That(back.Headers.Location!.ToString(), Is.EqualTo("/login?refused=oidc"), "the visitor is not told what was wrong");
        Assert.That(await visitor.StatusAsync("/agents"), Is.EqualTo(HttpStatusCode.Redirect));
        var entry = (await AuditAsync("sign-in.refused")).Single();
        Assert.That(entry.After, Is.Not.Empty, "administrators are");
        Assert.That(entry.Address, Is.EqualTo("127.0.0.1"));
    }

    [Test]
    public async Task A_code_that_was_used_or_answers_another_browser_is_refused()
    {
        _provider.Person = Person("7", "Grace", "ops");
        using var visitor = new Visitor(_orchestrator);
        using (var begin = await visitor.GetAsync("/login/oidc"))
        {
            var cookies = visitor.Cookies.GetCookieHeader(new Uri(_orchestrator.Http, "/signin-oidc"));
            using var provider = await visitor.GetAsync(begin.Headers.Location!.ToString());
            var callback = provider.Headers.Location!.ToString();
            using var thief = new Visitor(_orchestrator);
            using var stolen = await thief.GetAsync(callback);
            Assert.That(stolen.Headers.Location!.ToString(), Is.EqualTo("/login?refused=oidc"), "state is bound to the browser that began");
            using var first = await visitor.GetAsync(callback);
            Assert.That(first.Headers.Location!.ToString(), Does.StartWith("/login/done"));
            using var again = await visitor.GetAsync(callback);
            Assert.That(again.Headers.Location!.ToString(), Is.EqualTo("/login?refused=oidc"), "the cookies of the flow are gone");

            using var replay = new HttpRequestMessage(HttpMethod.Get, callback);
            replay.Headers.Add("Cookie", cookies);
            using var client = _orchestrator.Client(null);
            using var replayed = await client.SendAsync(replay);
            Assert.That(replayed.Headers.Location!.ToString(), Is.EqualTo("/login?refused=oidc"), "with its cookies kept the provider refuses the code");
        }

        Assert.That(_provider.Refusals, Has.Some.Contains("used code"));
    }

    [Test]
    public async Task A_disabled_user_is_out_at_once_and_stays_out()
    {
        _provider.Person = Person("7", "Grace", "ops");
        using var visitor = new Visitor(_orchestrator);
        (await visitor.SignInAtProviderAsync()).Dispose();
        Assert.That(await visitor.StatusAsync("/users"), Is.EqualTo(HttpStatusCode.OK));
        using var admin = _orchestrator.Client(_orchestrator.AdminKey);
        var user = await UserAsync();
        using var change = await admin.PatchAsync($"/api/v1/users/{user.Id}", ApiFixture.Json("""{"disabled":true}"""));
        Assert.That(change.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await visitor.StatusAsync("/users"), Is.EqualTo(HttpStatusCode.Redirect));
        using var again = await visitor.SignInAtProviderAsync();
        Assert.That(again.Headers.Location!.ToString(), Is.EqualTo("/login?refused=oidc"));
        Assert.That((await AuditAsync("user.disable")).Single().Target, Is.EqualTo("user/Grace"));
    }

    [Test]
    public async Task A_group_taken_away_takes_the_role_away_at_the_next_sign_in_and_it_is_on_record()
    {
        _provider.Person = Person("7", "Grace", "ops");
        using var visitor = new Visitor(_orchestrator);
        (await visitor.SignInAtProviderAsync()).Dispose();
        _provider.Person = Person("7", "Grace", "pay");
        (await visitor.SignInAtProviderAsync()).Dispose();
        Assert.That(await visitor.StatusAsync("/users"), Is.EqualTo(HttpStatusCode.Forbidden));
        var user = await UserAsync();
        Assert.That((user.Role, user.Project), Is.EqualTo(("editor", "default")));
        var entry = (await AuditAsync("user.role")).Single();
        Assert.That((entry.Before, entry.After), Is.EqualTo(("admin", "editor, default")));
        using var admin = _orchestrator.Client(_orchestrator.AdminKey);
        using var change = await admin.PatchAsync($"/api/v1/users/{user.Id}", ApiFixture.Json("""{"role":"admin"}"""));
        Assert.That((await ApiFixture.ProblemAsync(change, 400)).GetProperty("field").GetString(), Is.EqualTo("role"), "claims decide");
    }

    [Test]
    public async Task Without_a_map_a_role_given_here_stays_and_counts_at_once()
    {
        await using var orchestrator = await StartAsync(_provider, ("Oidc:DefaultRole", "viewer"));
        using var visitor = new Visitor(orchestrator);
        (await visitor.SignInAtProviderAsync()).Dispose();
        Assert.That(await visitor.StatusAsync("/users"), Is.EqualTo(HttpStatusCode.Forbidden));
        using var admin = orchestrator.Client(orchestrator.AdminKey);
        var id = (await ApiFixture.ReadAsync(await admin.GetAsync("/api/v1/users"))).EnumerateArray().Single().GetProperty("id").GetInt32();
        using var change = await admin.PatchAsync($"/api/v1/users/{id}", ApiFixture.Json("""{"role":"admin"}"""));
        Assert.That(change.StatusCode, Is.EqualTo(HttpStatusCode.OK));
        Assert.That(await visitor.StatusAsync("/users"), Is.EqualTo(HttpStatusCode.OK));
        (await visitor.SignInAtProviderAsync()).Dispose();
        Assert.That(await visitor.StatusAsync("/users"), Is.EqualTo(HttpStatusCode.OK));
    }

    [TestCase("Oidc:Authority", "http://login.example.com", "Oidc:Authority")]
    [TestCase("Oidc:RoleMap", "ops=root", "Oidc:RoleMap")]
    [TestCase("Oidc:DefaultRole", "boss", "Oidc:DefaultRole")]
    [TestCase("Oidc:ClientId", "", "Oidc:ClientId")]
    public void Settings_that_cannot_be_used_are_named(string key, string value, string named)
    {
        Dictionary<string, string?> settings = new() { ["Oidc:Authority"] = "https://login.example.com", ["Oidc:ClientId"] = "probes", ["Oidc:DefaultRole"] = "viewer", [key] = value };
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        Assert.That(() => OidcSettings.Read(configuration), Throws.TypeOf<SettingsException>().With.Message.Contains(named));
    }

    private static Task<RunningOrchestrator> StartAsync(OidcProvider provider, params (string, string)[] more) => RunningOrchestrator.StartAsync(
        [("Oidc:Authority", provider.Issuer), ("Oidc:ClientId", OidcProvider.ClientId), ("Oidc:ClientSecret", OidcProvider.ClientSecret), .. more]);

    private static Dictionary<string, object> Person(string subject, string name, params string[] roles) => new() { ["sub"] = subject, ["name"] = name, ["roles"] = roles };

    private async Task<UserEntity> UserAsync()
    {
        await using var db = await _orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync();
        return await db.Set<UserEntity>().AsNoTracking().SingleAsync();
    }

    private async Task<IReadOnlyList<AuditEntity>> AuditAsync(string action) =>
        (await _orchestrator.Get<AuditLog>().ReadAsync(new AuditFilter(null, action, null, null, null), null, null, 100, CancellationToken.None)).Items;
}
