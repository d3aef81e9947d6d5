using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Probes.Orchestrator.Embedded;

/// <summary>Where this process's own agents find the agents' listener.</summary>
internal static class GrpcAddress
{
    internal static async Task<Uri> WhenListeningAsync(IServer server, IHostApplicationLifetime lifetime, CancellationToken ct)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using (lifetime.ApplicationStarted.Register(() => started.TrySetResult()))
        {
            await started.Task.WaitAsync(ct);
        }

        // Addresses come in the order the listeners were added: people's, then agents'.
        var address = server.Features.Get<IServerAddressesFeature>()!.Addresses.Last();
        return new Uri(address.Replace("[::]", "localhost", StringComparison.Ordinal).Replace("0.0.0.0", "localhost", StringComparison.Ordinal));
    }
}
