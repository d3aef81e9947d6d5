using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Probes.Orchestrator.Access;

/// <summary>Prints where to go, once the listeners are open and a key is there. To the terminal and not to the log: it carries the key.</summary>
internal sealed class Greeting(AdminKey adminKey, IServer server, IHostApplicationLifetime lifetime, IConfiguration configuration) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var key = await adminKey.GetAsync(stoppingToken);
        var started = new TaskCompletionSource();
        await using (lifetime.ApplicationStarted.Register(started.SetResult))
        {
            await started.Task.WaitAsync(stoppingToken);
        }

        // Addresses come in the order they were added; localhost gives one for each IP version under one name.
        var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses.ToList() ?? [];
        var http = Shown(addresses.FirstOrDefault() ?? Listeners.DefaultHttpUrl);
        var grpc = Shown(addresses.LastOrDefault() ?? Listeners.DefaultGrpcUrl);
        await Console.Out.WriteLineAsync(
            $"""

              Probes{(configuration.GetValue<bool>("Demo") ? " demo" : "")}
              dashboard and API  {http}
              agents             {grpc}
              sign in            {http}{Login.Path}?key={key}

            """);
    }

    private static string Shown(string address) => address.Replace("[::]", "localhost", StringComparison.Ordinal)
        .Replace("0.0.0.0", "localhost", StringComparison.Ordinal);
}
