using System.Net;
using System.Net.Sockets;
using Probes.Agent.Policy;
using Probes.Contracts.Checks;

namespace Probes.Agent.Probes;

/// <summary>Resolves and connects: a new connection each run, no happy eyeballs.</summary>
internal sealed class Dialer(Resolver resolver, TargetGuard guard)
{
    /// <exception cref="ProbeFault">The name does not resolve, this agent does not touch it, or no connection was made.</exception>
    public async ValueTask<Socket> ConnectAsync(string host, int port, RunClock clock, Observation seen, CancellationToken ct)
    {
        ProbeFault.ThrowIf(guard.OfHost(host, port));
        var address = await resolver.ResolveAsync(host, clock, seen, ct);
        var endpoint = new IPEndPoint(address, port);
        seen.Address = endpoint.ToString();

        // What is judged here is what is connected to: no name is resolved again in between.
        ProbeFault.ThrowIf(guard.OfAddress(host, address));
        clock.Enter(Phase.Connect);
        Socket? socket = null;
        try
        {
            socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            await socket.ConnectAsync(endpoint, ct);
            clock.Leave();
            return socket;
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            throw ProbeFault.Of(e, seen.Address);
        }
        catch
        {
            socket?.Dispose();
            throw;
        }
    }
}
