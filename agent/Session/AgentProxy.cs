using System.Net;
using System.Text;

namespace Probes.Agent.Session;

/// <summary>
/// The proxy between the agent and its orchestrator: CONNECT over http:// or https://, or SOCKS version 5 (RFC 1928, 1929). The proxy resolves names. Probes never
/// go through it: they measure the way that users have.
/// </summary>
internal sealed class AgentProxy : IWebProxy
{
    public const string Allowed = "http://, https:// or socks5:// and HOST:PORT, with USER:PASSWORD@ before the host if the proxy asks, such as http://proxy.example.com:3128";

    // What a SOCKS proxy can be told (RFC 1929), and more than any other takes.
    private const int MostBytes = 255;

    private readonly NoProxy _except;

    private AgentProxy(Uri address, NetworkCredential? credentials, NoProxy except) => (Address, Credentials, _except) = (address, credentials, except);

    /// <summary>Without user and password.</summary>
    public Uri Address { get; }

    public ICredentials? Credentials { get; set; }

    public bool IsSocks => Address.Scheme == "socks5";

    /// <param name="text">A scheme left out is http, as other programs have it; socks5h is socks5.</param>
    /// <param name="noProxy">See <see cref="NoProxy"/>.</param>
    /// <returns>Null with what is wrong; no password is in it.</returns>
    public static (AgentProxy? Proxy, string Error) Parse(string text, string noProxy)
    {
        var full = text.Contains("://", StringComparison.Ordinal) ? text : $"http://{text}";
        full = full.StartsWith("socks5h:", StringComparison.OrdinalIgnoreCase) ? $"socks5:{full[8..]}" : full;
        if (!Uri.TryCreate(full, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https" or "socks5") || uri.Host.Length == 0
            || uri.AbsolutePath is not ("/" or "") || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            return (null, $"'{WithoutUser(text)}' is not a proxy's address (allowed: {Allowed})");
        }

        var colon = uri.UserInfo.IndexOf(':', StringComparison.Ordinal);
        var user = Uri.UnescapeDataString(colon < 0 ? uri.UserInfo : uri.UserInfo[..colon]);
        var password = colon < 0 ? "" : Uri.UnescapeDataString(uri.UserInfo[(colon + 1)..]);
        if (Encoding.UTF8.GetByteCount(user) > MostBytes || Encoding.UTF8.GetByteCount(password) > MostBytes)
        {
            return (null, $"'{WithoutUser(text)}': user and password take up to {MostBytes} bytes each");
        }

        var port = uri.Port > 0 ? uri.Port : 1080;
        return (new AgentProxy(new UriBuilder(uri.Scheme, uri.Host, port).Uri, user.Length + password.Length == 0 ? null : new NetworkCredential(user, password), new NoProxy(noProxy)), "");
    }

    public Uri? GetProxy(Uri destination) => IsBypassed(destination) ? null : Address;

    public bool IsBypassed(Uri host) => _except.Holds(host);

    public override string ToString() => Address.GetLeftPart(UriPartial.Authority);

    private static string WithoutUser(string text)
    {
        var at = text.LastIndexOf('@');
        var scheme = text.IndexOf("://", StringComparison.Ordinal);
        return at < 0 ? text : (scheme >= 0 && scheme < at ? text[..(scheme + 3)] : "") + text[(at + 1)..];
    }
}
