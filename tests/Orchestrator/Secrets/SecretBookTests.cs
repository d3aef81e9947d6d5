using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Probes.Orchestrator.Secrets;
using Probes.Orchestrator.Store;
using Probes.Orchestrator.Store.Entities;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Secrets;

public sealed class SecretBookTests
{
    private const string Value = "v4lue-at-rest-c4nary";

    private const string Check = """
        apiVersion: probes/v1
        kind: Check
        metadata: {name: web}
        spec: {http: {url: "https://example.com/", headers: {X-Key: "${{ secrets.API_TOKEN }}"}}}
        """;

    [Test]
    [CancelAfter(60_000)]
    public async Task A_secret_is_set_listed_and_deleted_and_its_value_never_comes_back()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        using var client = orchestrator.Client(orchestrator.AdminKey);

        // Before it is there, no check can refer to it.
        var refused = await client.PostAsync("/api/v1/apply", new StringContent(Check, Encoding.UTF8, "application/yaml"));
        var why = await refused.Content.ReadAsStringAsync();
        Assert.That((refused.StatusCode, why), Is.EqualTo((HttpStatusCode.BadRequest, why)));
        Assert.That(why, Does.Contain("API_TOKEN").And.Contain("spec.http.headers.X-Key").And.Contain("secret set API_TOKEN"));
        Assert.That(JsonElement.Parse(why).GetProperty("errors")[0].GetProperty("line").GetInt32(), Is.EqualTo(4));

        var made = await client.PutAsJsonAsync("/api/v1/secrets/API_TOKEN", new { value = Value });
        Assert.That(made.StatusCode, Is.EqualTo(HttpStatusCode.OK), await made.Content.ReadAsStringAsync());
        var applied = await client.PostAsync("/api/v1/apply", new StringContent(Check, Encoding.UTF8, "application/yaml"));
        Assert.That(applied.StatusCode, Is.EqualTo(HttpStatusCode.OK), await applied.Content.ReadAsStringAsync());
        await client.PutAsJsonAsync("/api/v1/secrets/API_TOKEN", new { value = Value + "2" });
        var listed = (await client.GetFromJsonAsync<JsonElement>("/api/v1/secrets"))[0];
        Assert.That((listed.GetProperty("name").GetString(), listed.GetProperty("revision").GetInt64(), listed.GetProperty("checks")[0].GetString()), Is.EqualTo(("API_TOKEN", 2L, "web")));

        var kept = await client.DeleteAsync("/api/v1/secrets/API_TOKEN");
        Assert.That((kept.StatusCode, await kept.Content.ReadAsStringAsync()), Is.EqualTo((HttpStatusCode.Conflict, await kept.Content.ReadAsStringAsync())));
        Assert.That(await kept.Content.ReadAsStringAsync(), Does.Contain("check/web"));

        foreach (var path in new[] { "/api/v1/secrets", "/api/v1/checks/web", "/secrets", "/checks/web", "/metrics" })
        {
            var shown = await client.GetAsync(path);
            Assert.That((int)shown.StatusCode, Is.EqualTo(200), path);
            Assert.That(await shown.Content.ReadAsStringAsync(), Does.Not.Contain(Value), path);
        }

        await using (var db = await orchestrator.Get<IDbContextFactory<ProbesContext>>().CreateDbContextAsync())
        {
            var notes = await db.Set<AuditEntity>().Where(a => a.Target == "secret/API_TOKEN").OrderBy(a => a.Id).ToListAsync();
            Assert.That(notes.Select(n => (n.Action, Revision(n.Before), Revision(n.After))), Is.EqualTo(new[] { ("secret.set", 0, 1), ("secret.set", 1, 2) }));
        }

        Assert.That(orchestrator.Get<SecretValues>().Find("default", "API_TOKEN"), Is.EqualTo(Value + "2"));
        await AssertNotAtRestAsync(orchestrator.Data);

        await client.DeleteAsync("/api/v1/checks/web");
        Assert.That((await client.DeleteAsync("/api/v1/secrets/API_TOKEN")).StatusCode, Is.EqualTo(HttpStatusCode.NoContent));
        Assert.That((await client.DeleteAsync("/api/v1/secrets/API_TOKEN")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
    }

    [TestCase("API_TOKEN", "{\"value\": \"short\"}", "value", "too short")]
    [TestCase("API_TOKEN", "{}", "value", "missing")]
    [TestCase("API_TOKEN", "{\"values\": \"long enough\"}", "values", "not known")]
    [TestCase("api-token", "{\"value\": \"long enough\"}", "name", "not a secret's name")]
    public async Task What_cannot_be_a_secret_is_refused_by_field(string name, string body, string field, string message)
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        using var client = orchestrator.Client(orchestrator.AdminKey);
        var reply = await client.PutAsync($"/api/v1/secrets/{name}", new StringContent(body, Encoding.UTF8, "application/json"));
        var problem = await reply.Content.ReadFromJsonAsync<JsonElement>();
        Assert.That((reply.StatusCode, problem.GetProperty("field").GetString()), Is.EqualTo((HttpStatusCode.BadRequest, field)));
        Assert.That(problem.GetProperty("detail").GetString(), Does.Contain(message).And.Not.Contain("long enough"));
        Assert.That((await client.GetFromJsonAsync<JsonElement>("/api/v1/secrets")).GetArrayLength(), Is.Zero);
    }

    [Test]
    [CancelAfter(60_000)]
    public async Task A_secret_is_one_projects_own_and_viewers_set_none()
    {
        await using var orchestrator = await RunningOrchestrator.StartAsync();
        using var admin = orchestrator.Client(orchestrator.AdminKey);
        await admin.PutAsJsonAsync("/api/v1/projects/red", new { });
        await admin.PutAsJsonAsync("/api/v1/projects/blue", new { });
        Assert.That((await admin.PutAsJsonAsync("/api/v1/secrets/API_TOKEN?project=red", new { value = Value })).StatusCode, Is.EqualTo(HttpStatusCode.OK));
        using var blue = orchestrator.Client(await KeyAsync(admin, "editor", "blue"));
        Assert.That((await blue.GetFromJsonAsync<JsonElement>("/api/v1/secrets")).GetArrayLength(), Is.Zero);
        Assert.That((await blue.DeleteAsync("/api/v1/secrets/API_TOKEN")).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        Assert.That((await blue.PutAsJsonAsync("/api/v1/secrets/API_TOKEN?project=red", new { value = Value })).StatusCode, Is.EqualTo(HttpStatusCode.NotFound));
        var foreign = await blue.PostAsync("/api/v1/apply", new StringContent(Check, Encoding.UTF8, "application/yaml"));
        Assert.That(await foreign.Content.ReadAsStringAsync(), Does.Contain("project 'blue' does not have").And.Not.Contain("red"));
        using var viewer = orchestrator.Client(await KeyAsync(admin, "viewer", "red"));
        Assert.That((await viewer.GetFromJsonAsync<JsonElement>("/api/v1/secrets"))[0].GetProperty("name").GetString(), Is.EqualTo("API_TOKEN"));
        Assert.That((await viewer.PutAsJsonAsync("/api/v1/secrets/API_TOKEN", new { value = Value })).StatusCode, Is.EqualTo(HttpStatusCode.Forbidden));
    }

    private static int Revision(string? note) => note is null ? 0 : JsonElement.Parse(note).GetProperty("revision").GetInt32();

    private static async Task<string> KeyAsync(HttpClient admin, string role, string project)
    {
        var reply = await admin.PostAsJsonAsync("/api/v1/keys", new { name = role, role, project });
        return (await reply.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("key").GetString()!;
    }

    private static async Task AssertNotAtRestAsync(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Where(f => !f.EndsWith(".lock", StringComparison.Ordinal)))
        {
            await using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            await stream.CopyToAsync(bytes);
            Assert.That(bytes.ToArray().AsSpan().IndexOf(Encoding.UTF8.GetBytes(Value)), Is.Negative, file);
        }
    }
}
