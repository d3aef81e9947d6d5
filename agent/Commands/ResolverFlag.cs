using System.CommandLine;
using System.Net;
using Probes.Agent.Probes;

namespace Probes.Agent.Commands;

/// <summary><c>--resolver</c>, for every command that probes.</summary>
internal static class ResolverFlag
{
    public const string Allowed = "ADDRESS or ADDRESS:PORT, such as 192.0.2.53 or [2001:db8::53]:53";

    public static Option<string?> Create() => new("--resolver")
    {
        Description = $"DNS server to resolve names with, {Allowed} (or PROBES_RESOLVER; default: the system's)",
        HelpName = "SERVER",
    };

    /// <summary>Null with what is wrong when the text is no address.</summary>
    public static (ResolverOptions? Options, string Error) Parse(string? flag)
    {
        var text = flag ?? Environment.GetEnvironmentVariable("PROBES_RESOLVER");
        if (string.IsNullOrEmpty(text))
        {
            return (new ResolverOptions(), "");
        }

        return IPEndPoint.TryParse(text, out var server)
            ? (new ResolverOptions { Server = server.Port == 0 ? new IPEndPoint(server.Address, 53) : server }, "")
            : (null, $"--resolver: '{text}' is not an address (allowed: {Allowed})");
    }
}
