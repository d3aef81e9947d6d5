using System.CommandLine;
using Probes.Agent.Session;

namespace Probes.Agent.Commands;

/// <summary><c>--proxy</c> and <c>--no-proxy</c>: how the agent itself reaches its orchestrator.</summary>
internal static class ProxyFlags
{
    public static Option<string?> Proxy() => new("--proxy")
    {
        Description = "Proxy to the orchestrator: http://, https:// or socks5:// with USER:PASSWORD@ if it asks (or PROBES_PROXY, or for https:// orchestrators HTTPS_PROXY, ALL_PROXY); checks never use it",
        HelpName = "URL",
    };

    public static Option<string?> NoProxy() => new("--no-proxy")
    {
        Description = $"Orchestrators to reach without the proxy: {Session.NoProxy.Allowed} (or NO_PROXY)",
        HelpName = "LIST",
    };

    /// <summary>Adds the proxy to options that are otherwise whole. AMQP goes through no proxy: with one asked for, results go over gRPC.</summary>
    /// <param name="options">Read before.</param>
    /// <param name="flag">Given with <c>--proxy</c>.</param>
    /// <param name="noProxy">Given with <c>--no-proxy</c>.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <exception cref="AgentStopException">It is wrong, or does not go with the other options; the message says what is allowed.</exception>
    public static AgentOptions Add(AgentOptions options, string? flag, string? noProxy, Func<string, string?> variable)
    {
        var (name, text) = Named(options.Orchestrator, flag, variable);
        if (text.Length == 0)
        {
            return options;
        }

        var (proxy, error) = AgentProxy.Parse(text, noProxy ?? First(variable, "NO_PROXY", "no_proxy").Text);
        if (proxy is null)
        {
            throw Wrong($"{name}: {error}");
        }

        if (proxy.IsBypassed(options.Orchestrator))
        {
            return options;
        }

        if (options.Orchestrator.Scheme == "http" && !proxy.IsSocks)
        {
            throw Wrong($"{name}: {proxy} carries https:// only; give the orchestrator's https:// address, a socks5:// proxy, or --no-proxy {options.Orchestrator.Host}");
        }

        // The machine's variable says how the web is reached, and nothing of the broker: there the choice is as without it.
        if (name is "HTTPS_PROXY" or "https_proxy" or "ALL_PROXY" or "all_proxy")
        {
            return options with { Proxy = proxy };
        }

        return options.Transport == AgentTransport.Amqp ? throw Wrong($"--transport amqp does not go with {name}: AMQP goes through no proxy; let it be auto or relay")
            : options.BrokerUri.Length > 0 ? throw Wrong($"--broker does not go with {name}: AMQP goes through no proxy, results go over gRPC")
            : options with { Proxy = proxy, Transport = AgentTransport.Relay };
    }

    private static (string Name, string Text) Named(Uri orchestrator, string? flag, Func<string, string?> variable) =>
        !string.IsNullOrWhiteSpace(flag) ? ("--proxy", flag.Trim())
        : orchestrator.Scheme == "https" && !orchestrator.IsLoopback ? First(variable, "PROBES_PROXY", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
        : First(variable, "PROBES_PROXY");

    private static (string Name, string Text) First(Func<string, string?> variable, params string[] names) =>
        names.Select(n => (n, variable(n)?.Trim() ?? "")).FirstOrDefault(v => v.Item2.Length > 0, ("", ""));

    private static AgentStopException Wrong(string message) => new(ExitCodes.BadInput, message);
}
