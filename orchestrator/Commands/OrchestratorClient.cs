using System.CommandLine;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Probes.Orchestrator.Access;

namespace Probes.Orchestrator.Commands;

/// <summary>Talks to a running orchestrator for the commands beside it. Exit codes: 0 done, 1 not reached, 2 refused.</summary>
internal sealed class OrchestratorClient : IDisposable
{
    internal const int Unreached = 1;
    internal const int Refused = 2;

    internal static readonly Option<string> Url = new("--url")
    {
        Description = "Address of the orchestrator",
        HelpName = "URL",
        Recursive = true,
        DefaultValueFactory = _ => Environment.GetEnvironmentVariable("PROBES_URL") ?? Listeners.DefaultHttpUrl,
    };

    internal static readonly Option<string?> Key = new("--key")
    {
        Description = "API key (default: PROBES_KEY, else admin.key in the data folder)",
        HelpName = "KEY",
        Recursive = true,
    };

    internal static readonly Option<string?> Data = new("--data")
    {
        Description = "Data folder whose admin.key is used",
        HelpName = "PATH",
        Recursive = true,
    };

    private readonly HttpClient _http;

    private OrchestratorClient(Uri url, string? key)
    {
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = url, Timeout = TimeSpan.FromSeconds(30) };
        _http.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (key is { Length: > 0 })
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    internal static void AddOptions(Command command)
    {
        command.Add(Url);
        command.Add(Key);
        command.Add(Data);
    }

    /// <summary>Sends one request and hands its answer on; says itself what went wrong otherwise.</summary>
    /// <param name="refused">Shows a refusal in its own way; null: as the server put it.</param>
    internal static async Task<int> SendAsync(
        ParseResult parsed, HttpMethod method, string path, HttpContent? body, Func<JsonElement, int> done, Func<JsonElement, bool>? refused, CancellationToken ct) =>
        await AskAsync(parsed, new HttpRequestMessage(method, path) { Content = body }, HttpCompletionOption.ResponseContentRead,
            async response => done(Parse(await response.Content.ReadAsStringAsync(ct))), refused, ct);

    /// <summary>As above, with an answer that comes line by line, each of them JSON, for as long as it takes.</summary>
    internal static async Task<int> StreamAsync(
        ParseResult parsed, HttpMethod method, string path, Action<JsonElement> each, CancellationToken ct, HttpContent? body = null, Func<JsonElement, bool>? refused = null) =>
        await AskAsync(parsed, new HttpRequestMessage(method, path) { Content = body }, HttpCompletionOption.ResponseHeadersRead, async response =>
        {
            using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
            while (await reader.ReadLineAsync(ct) is { } line)
            {
                each(Parse(line));
            }

            return 0;
        }, refused, ct);

    public void Dispose() => _http.Dispose();

    private static async Task<int> AskAsync(
        ParseResult parsed, HttpRequestMessage asked, HttpCompletionOption until, Func<HttpResponseMessage, Task<int>> done, Func<JsonElement, bool>? refused, CancellationToken ct)
    {
        using var request = asked;
        if (!Uri.TryCreate(parsed.GetValue(Url), UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
        {
            await Console.Error.WriteLineAsync($"--url: '{parsed.GetValue(Url)}' is not an address such as http://localhost:5080");
            return Refused;
        }

        using var client = new OrchestratorClient(url, FindKey(parsed));
        try
        {
            using var response = await client._http.SendAsync(request, until, ct);
            if (response.IsSuccessStatusCode)
            {
                return await done(response);
            }

            var text = await response.Content.ReadAsStringAsync(ct);
            var json = Parse(text);
            if (refused is null || !refused(json))
            {
                await Console.Error.WriteLineAsync(Explain(response.StatusCode, json, text));
            }

            return Refused;
        }
        catch (Exception fault) when (fault is HttpRequestException or TaskCanceledException or IOException && !ct.IsCancellationRequested)
        {
            await Console.Error.WriteLineAsync($"no orchestrator answers at {url}: {fault.Message}");
            return Unreached;
        }
    }

    private static string? FindKey(ParseResult parsed)
    {
        if ((parsed.GetValue(Key) ?? Environment.GetEnvironmentVariable("PROBES_KEY")) is { Length: > 0 } given)
        {
            return given;
        }

        var folder = parsed.GetValue(Data) ?? Settings.DefaultDataFolder();
        string[] places = [Path.Combine(folder, AdminKey.FileName), Path.Combine(folder, "demo", AdminKey.FileName)];
        return places.FirstOrDefault(File.Exists) is { } file ? File.ReadAllText(file).Trim() : null;
    }

    private static JsonElement Parse(string text)
    {
        try
        {
            return JsonElement.Parse(text.Length > 0 ? text : "{}");
        }
        catch (JsonException)
        {
            return JsonElement.Parse("{}");
        }
    }

    private static string Explain(HttpStatusCode status, JsonElement json, string text)
    {
        if (status == HttpStatusCode.Unauthorized)
        {
            return "the orchestrator asks for a key: give one with --key or PROBES_KEY, or point --data at its data folder";
        }

        var title = Text(json, "title");
        var detail = Text(json, "detail");
        var said = string.Join(": ", new[] { title, detail }.Where(t => t.Length > 0));
        return said.Length > 0 ? said : $"the orchestrator answered {(int)status}: {(text.Length <= 500 ? text : text[..500])}";
    }

    internal static string Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value)
            ? value.ValueKind == JsonValueKind.String ? value.GetString()! : value.ToString()
            : "";
}
