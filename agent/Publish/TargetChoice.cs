using System.Net;
using Wire = Probes.Contracts.Wire;

namespace Probes.Agent.Publish;

/// <summary>Where results go, of what the orchestrator says and what this agent was told.</summary>
/// <param name="Target">Where to.</param>
/// <param name="Remark">Why it is not what was said or asked for; empty when it is.</param>
internal readonly record struct TargetChoice(Wire.PublishTarget Target, string Remark = "")
{
    public static TargetChoice Of(Wire.PublishTarget? said, AgentOptions options)
    {
        var relay = new Wire.PublishTarget { Relay = new Wire.Relay() };
        if (said?.KindCase != Wire.PublishTarget.KindOneofCase.Amqp)
        {
            return new TargetChoice(relay, options.BrokerUri.Length > 0 ? "--broker is not used: the orchestrator takes results over gRPC"
                : options.Transport == AgentTransport.Amqp ? "--transport amqp is not possible: the orchestrator names no broker, results go over gRPC" : "");
        }

        if (options.Transport == AgentTransport.Relay)
        {
            return new TargetChoice(relay);
        }

        var target = said.Clone();
        if (options.BrokerUri.Length > 0)
        {
            target.Amqp.Uri = options.BrokerUri;
        }

        return IsSafe(target.Amqp.Uri, options.AllowPlaintext)
            ? new TargetChoice(target)
            : new TargetChoice(relay, "the broker's address is amqp:// on another machine, which would send the credential in clear text; results go over gRPC "
                + "(let the orchestrator name an amqps:// address, or give --allow-plaintext on a network you trust)");
    }

    /// <summary>Whether it may be kept on disk: an address with a password in it may not.</summary>
    public static bool IsKeepable(Wire.PublishTarget target) =>
        target.KindCase != Wire.PublishTarget.KindOneofCase.Amqp
        || (Uri.TryCreate(target.Amqp.Uri, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0);

    private static bool IsSafe(string address, bool allowPlaintext) =>
        allowPlaintext || !Uri.TryCreate(address, UriKind.Absolute, out var uri) || uri.Scheme != "amqp"
        || uri.IsLoopback || (IPAddress.TryParse(uri.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));
}
