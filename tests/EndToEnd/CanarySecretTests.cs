using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Probes.Tests.Testing;

namespace Probes.Tests.EndToEnd;

/// <summary>A canary secret through a whole system whose targets give it back in every way they can: it is found nowhere.</summary>
[NonParallelizable]
public sealed class CanarySecretTests
{
    private const string First = "c4nary \"f1rst\"/+<&>'one";
    private const string Second = "c4nary-s3cond/two";

    private static readonly string[] Pages =
    [
        "/api/v1/results?limit=200", "/api/v1/checks", "/api/v1/checks/echo", "/api/v1/secrets", "/api/v1/agents", "/api/v1/incidents", "/api/v1/overview",
        "/api/v1/locations", "/metrics", "/", "/checks/echo", "/checks/redirect", "/checks/lost", "/checks/tcp", "/agents", "/secrets", "/incidents", "/locations", "/dead-letters",
    ];

    private static readonly (string Name, byte[] Bytes)[] Canaries =
    [
        .. from value in new[] { First, Second }
           let bytes = Encoding.UTF8.GetBytes(value)
           from form in new (string, string)[]
           {
               ("raw", value), ("percent", Uri.EscapeDataString(value)), ("percent, lower", Lower(value)), ("form", System.Net.WebUtility.UrlEncode(value)),
               ("base64", Convert.ToBase64String(bytes)), ("basic", Convert.ToBase64String(Encoding.UTF8.GetBytes("usr" + value))[4..^2]),
               ("json", JsonEncodedText.Encode(value).ToString()), ("html", System.Net.WebUtility.HtmlEncode(value)), ("hex", Convert.ToHexString(bytes)), ("hex, lower", Convert.ToHexStringLower(bytes)),
               ("half", value[..10]),
           }
           select (form.Item1, Encoding.UTF8.GetBytes(form.Item2)),
    ];

    [Test]
    [CancelAfter(240_000)]
    public async Task A_secret_reaches_the_target_and_is_found_nowhere_else()
    {
        await using var target = RawServer.AnsweringBy(Answer);
        await using var system = await ProbesSystem.StartAsync();
        try
        {
            await SetAsync(system, First);
            var (exit, output) = await system.ApplyAsync(Documents(target.Port));
            Assert.That(exit, Is.Zero, output);
            var agent = await system.StartAgentAsync("site", "worker", "--verbose");
            await system.StartAgentAsync("idle", "idle");
            await Poll.UntilAsync(() => Task.FromResult(Seen(target, First)), TimeSpan.FromSeconds(60), "the target has the secret");
            await Poll.UntilAsync(async () => (await CheckedAsync(system)).IsSupersetOf(["echo", "redirect", "lost", "tcp"]), TimeSpan.FromSeconds(60), "each check has a result");
            Assert.That((await system.GetAsync("/api/v1/results?limit=200")).GetRawText(), Does.Contain("***"), "the targets did give it back");

            // A new value is used at once.
            await SetAsync(system, Second);
            var began = TimeProvider.System.GetTimestamp();
            await Poll.UntilAsync(() => Task.FromResult(Seen(target, Second)), TimeSpan.FromSeconds(20), "the target has the new value", TimeSpan.FromMilliseconds(50));
            TestContext.Out.WriteLine($"rotation seen by the target after {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0.0} s");
            await AssertNowhereAsync(system);

            // With nobody to take its results they stay in the spool.
            system.Orchestrator.Kill();
            var requests = target.Requests.Count;
            await Poll.UntilAsync(() => Task.FromResult(target.Requests.Count > requests + 10), TimeSpan.FromSeconds(60), "the agent goes on");
            Assert.That(Directory.EnumerateFiles(Path.Combine(system.Folder, "worker"), "*", SearchOption.AllDirectories), Is.Not.Empty);
            AssertNotInFiles(system);
            AssertNotIn(agent.Output, "the agent's log");
        }
        catch (Exception e)
        {
            throw new AssertionException($"{e.Message}\n{system.Outputs()}", e);
        }
    }

    private static async Task AssertNowhereAsync(ProbesSystem system)
    {
        foreach (var page in Pages)
        {
            var reply = await system.Api.GetAsync(page);
            Assert.That((int)reply.StatusCode, Is.EqualTo(200), page);
            AssertNotIn(await reply.Content.ReadAsStringAsync(), page);
        }

        AssertNotInFiles(system);
        AssertNotIn(system.Outputs(), "what the processes printed");
        var (_, listed) = await system.CommandAsync("secret", "list", "--json");
        Assert.That(listed, Does.Contain("CANARY"));
        AssertNotIn(listed, "secret list");
    }

    private static void AssertNotInFiles(ProbesSystem system)
    {
        foreach (var file in Directory.EnumerateFiles(system.Folder, "*", SearchOption.AllDirectories))
        {
            AssertNotIn(Read(file), file);
        }
    }

    // Written to while it is read, and gone in the next moment, perhaps.
    private static byte[] Read(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var bytes = new MemoryStream();
            stream.CopyTo(bytes);
            return bytes.ToArray();
        }
        catch (IOException)
        {
            return [];
        }
    }

    private static void AssertNotIn(string text, string where) => AssertNotIn(Encoding.UTF8.GetBytes(text), where);

    private static void AssertNotIn(byte[] bytes, string where)
    {
        foreach (var (name, canary) in Canaries)
        {
            Assert.That(bytes.AsSpan().IndexOf(canary), Is.Negative, $"{where} holds the canary ({name})");
        }
    }

    private static bool Seen(RawServer target, string value) => target.Requests.Any(r => r.Contains($"Bearer {value}\r\n", StringComparison.OrdinalIgnoreCase));

    private static async Task<HashSet<string>> CheckedAsync(ProbesSystem system) =>
        [.. (await system.GetAsync("/api/v1/results?limit=200")).GetProperty("items").EnumerateArray().Select(r => r.GetProperty("check").GetString()!)];

    private static async Task SetAsync(ProbesSystem system, string value)
    {
        var reply = await system.Api.PutAsJsonAsync("/api/v1/secrets/CANARY", new { value });
        Assert.That(reply.IsSuccessStatusCode, Is.True, await reply.Content.ReadAsStringAsync());
    }

    /// <summary>Gives back what it was sent: in headers that are kept as evidence, in its body, where it redirects to, and so that an error tells it.</summary>
    private static string Answer(string head)
    {
        var value = head.Split("\r\n").FirstOrDefault(l => l.StartsWith("authorization: bearer ", StringComparison.OrdinalIgnoreCase))?["authorization: bearer ".Length..]
            ?? head.Split(' ')[0];
        var bytes = Encoding.UTF8.GetBytes(value);
        var echo = $"{value} {Uri.EscapeDataString(value)} {Convert.ToBase64String(bytes)} {Convert.ToHexString(bytes)}";
        return head.StartsWith("GET /redirect?", StringComparison.Ordinal) ? $"HTTP/1.1 302 Found\r\nLocation: /final?{head.Split(' ')[1].Split('?')[1]}&again={Lower(value)}\r\nContent-Length: 0\r\n\r\n"
            : head.StartsWith("GET /lost", StringComparison.Ordinal) ? $"HTTP/1.1 302 Found\r\nLocation: ftp://{value}{value}{value}{value}{value}{value}\r\nContent-Length: 0\r\n\r\n"
            : head.StartsWith("GET ", StringComparison.Ordinal)
                ? $"HTTP/1.1 200 OK\r\nServer: {new string('x', 245)} {value}\r\nVia: {echo}\r\nX-Echo: {echo}\r\nContent-Length: {echo.Length + 2}\r\n\r\n\"{echo}\""
            : $"ERR unknown command {value}";
    }

    private static string Lower(string value) => System.Text.RegularExpressions.Regex.Replace(Uri.EscapeDataString(value), "%[0-9A-F]{2}", m => m.Value.ToLowerInvariant());

    private static string Documents(int port) => $$$$"""
        apiVersion: probes/v1
        kind: Location
        metadata: {name: site}
        ---
        apiVersion: probes/v1
        kind: Location
        metadata: {name: idle}
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {name: echo}
        spec:
          interval: 1s
          locations: [site]
          http: {url: "http://127.0.0.1:{{{{port}}}}/", headers: {Authorization: "Bearer ${{ secrets.CANARY }}"}}
          assertions: [{body: {contains: never}}, {header: {name: x-echo, equals: never}}, {body: {matches: "^never"}}]
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {name: redirect}
        spec:
          interval: 1s
          locations: [site]
          http: {url: "http://127.0.0.1:{{{{port}}}}/redirect?key=${{ secrets.CANARY }}", headers: {Authorization: "Bearer ${{ secrets.CANARY }}"}}
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {name: lost}
        spec:
          interval: 1s
          locations: [site]
          http: {url: "http://127.0.0.1:{{{{port}}}}/lost", headers: {Authorization: "Bearer ${{ secrets.CANARY }}"}}
        ---
        apiVersion: probes/v1
        kind: Check
        metadata: {name: tcp}
        spec:
          interval: 1s
          locations: [site]
          tcp: {host: 127.0.0.1, port: {{{{port}}}}, send: "${{ secrets.CANARY }} /\r\n\r\n", expect: "${{ secrets.CANARY }} never"}
        """;
}
