using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Probes.Orchestrator.Commands;

namespace Probes.Orchestrator.Access;

/// <summary>Whose word counts on where a request came from: only proxies that <c>Http:TrustedProxies</c> names. From all others these headers are air.</summary>
internal static class TrustedProxies
{
    private const string Setting = "Http:TrustedProxies";

    /// <summary>Null: none are trusted.</summary>
    /// <exception cref="SettingsException">An entry is neither an address nor a network.</exception>
    internal static ForwardedHeadersOptions? Read(IConfiguration configuration)
    {
        var entries = (configuration[Setting] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (entries.Length == 0)
        {
            return null;
        }

        var options = new ForwardedHeadersOptions
        {
            ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto | ForwardedHeaders.XForwardedHost,
            // Through as many as are trusted; the first that is not is the caller.
            ForwardLimit = null,
        };
        options.KnownIPNetworks.Clear();
        options.KnownProxies.Clear();
        foreach (var entry in entries)
        {
            if (IPAddress.TryParse(entry, out var address))
            {
                options.KnownProxies.Add(address);
            }
            else if (System.Net.IPNetwork.TryParse(entry, out var network))
            {
                options.KnownIPNetworks.Add(network);
            }
            else
            {
                throw new SettingsException($"{Setting}: '{entry}' is neither an address nor a network (allowed: such as 10.0.0.5 or 10.0.0.0/24, separated by commas)");
            }
        }

        return options;
    }
}
