using System.Net;
using System.Text;
using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Dashboard;

/// <summary>A way to start an agent: what to paste, and what it takes.</summary>
internal sealed record AgentCommand(string Key, string Title, string Needs, string Text);

/// <summary>The commands that add an agent. All values are quoted for a POSIX shell.</summary>
internal static class AgentCommands
{
    private const string StandardGrpc = "http://localhost:5081";

    /// <summary>The address that agents reach: as configured, with this page's host in the place of "every address".</summary>
    internal static Uri Address(IConfiguration configuration, string pageHost)
    {
        var text = configuration["Enrolment:PublicUrl"] is { Length: > 0 } given ? given
            : configuration["Grpc:Url"] is { Length: > 0 } own ? own : StandardGrpc;
        text = text.Replace("://*", "://0.0.0.0", StringComparison.Ordinal).Replace("://+", "://0.0.0.0", StringComparison.Ordinal);
        var url = Uri.TryCreate(text, UriKind.Absolute, out var parsed) ? parsed : new Uri(StandardGrpc);
        return IPAddress.TryParse(url.Host.Trim('[', ']'), out var ip) && (ip.Equals(IPAddress.Any) || ip.Equals(IPAddress.IPv6Any))
            ? new UriBuilder(url) { Host = pageHost }.Uri : url;
    }

    internal static IReadOnlyList<AgentCommand> All(Uri orchestrator, string token, string location, string version)
    {
        var url = orchestrator.GetLeftPart(UriPartial.Authority);
        var plain = orchestrator.Scheme == "http" && !orchestrator.IsLoopback;
        var release = $"probes-agent-{QualifiedName.BareOf(location)}";
        // A release's name has 53 characters.
        release = release.Length <= 53 ? release : release[..53].TrimEnd('-');
        return
        [
            new("helm", "Helm", "kubectl, helm and a checkout of this project; the token lies in a Secret of yours, not in the release.", Lines(
                $"kubectl create secret generic {release}-token --from-literal=token={Quote(token)}",
                $"helm install {release} charts/agent --set orchestrator.url={Quote(url)} --set token.existingSecret={release}-token{(plain ? " --set orchestrator.allowPlaintext=true" : "")}")),
            new("docker", "Docker", $"the image: docker build -t probes-agent:{version} -f agent/Containerfile .", Lines(
                $"docker run -d --name {release} --restart unless-stopped --read-only --tmpfs /tmp --cap-drop ALL --security-opt no-new-privileges"
                + $"{(orchestrator.IsLoopback ? " --network host" : "")} -v {release}:/data -e PROBES_TOKEN={Quote(token)} probes-agent:{version} run --orchestrator {Quote(url)}{Flag(plain)}")),
            new("systemd", "systemd", "the program in /opt/probes-agent and deploy/systemd/probes-agent.service in /etc/systemd/system.", Lines(
                "sudo install -D -m 600 /dev/stdin /etc/probes/agent.env <<'END'",
                $"PROBES_ORCHESTRATOR={url}",
                $"PROBES_TOKEN={token}",
                plain ? "PROBES_AGENT_FLAGS=--allow-plaintext" : "",
                "END",
                "sudo systemctl daemon-reload && sudo systemctl enable --now probes-agent")),
            new("binary", "Plain binary", "the agent's program in the PATH.", Lines($"agent run --orchestrator {Quote(url)} --token {Quote(token)}{Flag(plain)}")),
        ];
    }

    /// <summary>As one word of a POSIX shell; what needs no quotes has none.</summary>
    internal static string Quote(string text) =>
        text.Length > 0 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':' or '/') ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    private static string Flag(bool plain) => plain ? " --allow-plaintext" : "";

    private static string Lines(params string[] lines) => new StringBuilder().AppendJoin('\n', lines.Where(l => l.Length > 0)).ToString();
}
