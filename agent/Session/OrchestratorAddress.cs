using System.Net;

namespace Probes.Agent.Session;

/// <summary>Which addresses an agent may send its credential to.</summary>
internal static class OrchestratorAddress
{
    /// <returns>The address, or null with one sentence that says what to change.</returns>
    public static (Uri? Address, string Error) Parse(string text, bool allowPlaintext)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
        {
            return (null, $"'{text}' is not an address such as https://probes.example.com:5081");
        }

        if (address.AbsolutePath != "/" || address.Query.Length > 0 || address.UserInfo.Length > 0)
        {
            return (null, $"'{text}' must be scheme, host and port only, such as https://probes.example.com:5081");
        }

        return address.Scheme == "http" && !allowPlaintext && !IsLoopback(address)
            ? (null, $"http://{address.Authority} would send the token and the credential in clear text; use https://, or --allow-plaintext on a network you trust")
            : (address, "");
    }

    private static bool IsLoopback(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
