using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Probes.Tests.Testing;

/// <summary>A small real OpenID Connect provider: discovery, keys, authorization with PKCE, codes good for one use, signed tokens. Whoever comes is <see cref="Person"/>.</summary>
internal sealed class OidcProvider : IAsyncDisposable
{
    public const string ClientId = "probes";
    public const string ClientSecret = "a secret: with / and +";

    private readonly ConcurrentDictionary<string, (string RedirectUri, string Challenge, string Nonce)> _codes = new();
    private readonly WebApplication _app;
    private readonly bool _elliptic;
    private readonly RSA _rsa = RSA.Create(2048);
    private readonly ECDsa _ec = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private OidcProvider(WebApplication app, bool elliptic) => (_app, _elliptic) = (app, elliptic);

    public string Issuer { get; private set; } = "";

    /// <summary>Claims of whoever signs in now.</summary>
    public Dictionary<string, object> Person { get; set; } = new() { ["sub"] = "1", ["name"] = "Ada" };

    /// <summary>Changes a token before it is signed.</summary>
    public Action<SecurityTokenDescriptor> Tamper { get; set; } = _ => { };

    /// <summary>Signs with a key that is not the published one.</summary>
    public bool ForeignKey { get; set; }

    /// <summary>Leaves the signature away (<c>alg: none</c>).</summary>
    public bool Unsigned { get; set; }

    /// <summary>Token requests that were refused, and why.</summary>
    public ConcurrentQueue<string> Refusals { get; } = new();

    private SecurityKey Key => _elliptic ? new ECDsaSecurityKey(_ec) { KeyId = "k1" } : new RsaSecurityKey(_rsa) { KeyId = "k1" };

    public static async Task<OidcProvider> StartAsync(bool elliptic = false)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var provider = new OidcProvider(app, elliptic);
        app.MapGet("/.well-known/openid-configuration", provider.Discovery);
        app.MapGet("/jwks", provider.Keys);
        app.MapGet("/authorize", provider.Authorize);
        app.MapPost("/token", provider.TokenAsync);
        await app.StartAsync();
        provider.Issuer = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return provider;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(new CancellationToken(canceled: true));
        await _app.DisposeAsync();
        _rsa.Dispose();
        _ec.Dispose();
    }

    private JsonHttpResult<object> Discovery() => TypedResults.Json<object>(new Dictionary<string, object>
    {
        ["issuer"] = Issuer,
        ["authorization_endpoint"] = Issuer + "/authorize",
        ["token_endpoint"] = Issuer + "/token",
        ["jwks_uri"] = Issuer + "/jwks",
        ["response_types_supported"] = new[] { "code" },
        ["subject_types_supported"] = new[] { "public" },
        ["id_token_signing_alg_values_supported"] = new[] { _elliptic ? "ES256" : "RS256" },
        ["code_challenge_methods_supported"] = new[] { "S256" },
    });

    private JsonHttpResult<object> Keys()
    {
        var key = JsonWebKeyConverter.ConvertFromSecurityKey(Key);
        return TypedResults.Json<object>(new
        {
            keys = new[] { _elliptic ? new { kty = key.Kty, kid = key.Kid, use = "sig", n = (string?)null, e = (string?)null, crv = (string?)key.Crv, x = (string?)key.X, y = (string?)key.Y }
                : new { kty = key.Kty, kid = key.Kid, use = "sig", n = (string?)key.N, e = (string?)key.E, crv = (string?)null, x = (string?)null, y = (string?)null } },
        });
    }

    private IResult Authorize(HttpRequest request)
    {
        var query = request.Query;
        if (query["client_id"] != ClientId || query["response_type"] != "code" || query["code_challenge_method"] != "S256" || query["nonce"].Count == 0 || !query["scope"].ToString().Contains("openid", StringComparison.Ordinal))
        {
            return TypedResults.BadRequest("not an authorization code request with PKCE and a nonce");
        }

        var code = Convert.ToHexString(RandomNumberGenerator.GetBytes(16));
        _codes[code] = (query["redirect_uri"].ToString(), query["code_challenge"].ToString(), query["nonce"].ToString());
        return TypedResults.Redirect(QueryHelpers.AddQueryString(query["redirect_uri"].ToString(), new Dictionary<string, string?> { ["code"] = code, ["state"] = query["state"] }));
    }

    private async Task<IResult> TokenAsync(HttpRequest request)
    {
        var form = await request.ReadFormAsync();
        (string RedirectUri, string Challenge, string Nonce) code = default;
        var why = !IsClient(request, form) ? "invalid_client"
            : !_codes.TryRemove(form["code"].ToString(), out code) ? "invalid_grant: unknown or used code"
            : code.RedirectUri != form["redirect_uri"] ? "invalid_grant: redirect_uri"
            : code.Challenge != Base64UrlEncoder.Encode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) ? "invalid_grant: code_verifier"
            : "";
        if (why.Length > 0)
        {
            Refusals.Enqueue(why);
            return TypedResults.Json(new { error = why.Split(':')[0], error_description = why }, statusCode: 400);
        }

        return TypedResults.Json(new { access_token = "unused", token_type = "Bearer", expires_in = 300, id_token = Sign(code.Nonce!) });
    }

    private static bool IsClient(HttpRequest request, IFormCollection form)
    {
        if (AuthenticationHeaderValue.TryParse(request.Headers.Authorization, out var header) && header.Scheme == "Basic")
        {
            var pair = Encoding.UTF8.GetString(Convert.FromBase64String(header.Parameter!)).Split(':', 2).Select(Uri.UnescapeDataString).ToArray();
            return pair[0] == ClientId && pair[1] == ClientSecret;
        }

        return form["client_id"] == ClientId && form["client_secret"] == ClientSecret;
    }

    private string Sign(string nonce)
    {
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var descriptor = new SecurityTokenDescriptor
        {
            Issuer = Issuer,
            Audience = ClientId,
            IssuedAt = now,
            NotBefore = now,
            Expires = now.AddMinutes(5),
            Claims = new Dictionary<string, object>(Person) { ["nonce"] = nonce },
        };
        Tamper(descriptor);
        using var other = RSA.Create(2048);
        descriptor.SigningCredentials ??= Unsigned ? null : ForeignKey ? new SigningCredentials(new RsaSecurityKey(other.ExportParameters(true)) { KeyId = "k1" }, "RS256") : new SigningCredentials(Key, _elliptic ? "ES256" : "RS256");
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(descriptor);
    }
}
