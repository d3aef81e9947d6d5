using System.Net;
using Probes.Tests.Testing;

namespace Probes.Tests.Orchestrator.Access;

/// <summary>A browser without a window: keeps cookies, follows redirects only when told to, and says where a request comes from.</summary>
internal sealed class Visitor : IDisposable
{
    private readonly HttpClient _http;
    private readonly string _origin;

    internal Visitor(RunningOrchestrator orchestrator)
    {
        _origin = orchestrator.Http.GetLeftPart(UriPartial.Authority);
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = Cookies }) { BaseAddress = orchestrator.Http };
    }

    internal CookieContainer Cookies { get; } = new();

    internal Task<HttpResponseMessage> GetAsync(string url, string? site = null) => SendAsync(HttpMethod.Get, url, null, site, null);

    /// <param name="origin">"own", another one, or null for none.</param>
    internal Task<HttpResponseMessage> PostAsync(string url, HttpContent? body, string? origin = "own") => SendAsync(HttpMethod.Post, url, body, null, origin);

    internal Task<HttpResponseMessage> SignInAsync(string key, string? origin = "own") =>
        PostAsync("/login", new FormUrlEncodedContent([new("key", key), new("returnUrl", "/agents")]), origin);

    /// <summary>Goes to the provider and back, up to our answer to what it brought.</summary>
    internal async Task<HttpResponseMessage> SignInAtProviderAsync()
    {
        using var begin = await GetAsync("/login/oidc?returnUrl=%2Fagents");
        Assert.That(begin.StatusCode, Is.EqualTo(HttpStatusCode.Redirect));
        using var provider = await GetAsync(begin.Headers.Location!.ToString());
        Assert.That(provider.StatusCode, Is.EqualTo(HttpStatusCode.Redirect), await provider.Content.ReadAsStringAsync());
        Callback = provider.Headers.Location!.ToString();
        return await GetAsync(Callback);
    }

    /// <summary>Where the provider sent us last.</summary>
    internal string Callback { get; private set; } = "";

    internal async Task<HttpStatusCode> StatusAsync(string url)
    {
        using var response = await GetAsync(url);
        return response.StatusCode;
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string url, HttpContent? body, string? site, string? origin)
    {
        using var request = new HttpRequestMessage(method, url) { Content = body };
        request.Headers.Accept.ParseAdd("text/html");
        if (site is not null)
        {
            request.Headers.Add("Sec-Fetch-Site", site);
        }

        if (origin is not null)
        {
            request.Headers.Add("Origin", origin == "own" ? _origin : origin);
        }

        return await _http.SendAsync(request);
    }
}
