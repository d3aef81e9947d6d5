using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Probes.Agent.Fitness;
using Probes.Agent.Policy;
using Probes.Agent.Probes;
using Probes.Agent.Publish;
using Probes.Agent.Run;
using Probes.Agent.Schedule;
using Probes.Agent.Secrets;
using Probes.Agent.Session;
using Probes.Agent.Spool;

namespace Probes.Agent;

/// <summary>Makes agents. Each is a host of its own, so that one process can hold several that share nothing but the runtime.</summary>
internal static class AgentHost
{
    private static readonly TimeSpan StopLimit = TimeSpan.FromSeconds(15);

    /// <param name="options">What the agent needs to know.</param>
    /// <param name="replace">Adds or replaces services last: logging, a clock, a lifetime. Without it the agent logs nowhere and hears no signals.</param>
    /// <returns>
    /// Not started. Starting throws <see cref="AgentStopException"/> when the data folder cannot be used; an agent that cannot go on
    /// later stops its host and tells why in <see cref="AgentExit"/>.
    /// </returns>
    public static IHost Create(AgentOptions options, Action<IServiceCollection>? replace = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings { ApplicationName = "agent" });
        builder.Configuration.AddInMemoryCollection(Settings(options));
        builder.Services.AddLogging();
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton<AgentExit>();
        builder.Services.Replace(ServiceDescriptor.Singleton<IHostLifetime, QuietLifetime>());
        builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = StopLimit);

        // The data goes session -> schedule -> run (probe) -> spool -> publish. Services stop in the reverse order of this list,
        // so the last stage stands first: at a stop, what feeds a stage ends before it.
        builder.AddDataFolder().AddPolicy().AddSecrets().AddPublish().AddSpool().AddFitness().AddRun().AddSchedule().AddSession();
        builder.Services.AddProbes();
        replace?.Invoke(builder.Services);
        return builder.Build();
    }

    private static Dictionary<string, string?> Settings(AgentOptions options) => new()
    {
        ["Data"] = options.DataFolder,
        [$"{SpoolOptions.Section}:{nameof(SpoolOptions.Fsync)}"] = options.SpoolFsync.ToString(),
        [$"{SpoolOptions.Section}:{nameof(SpoolOptions.MaxBytes)}"] = options.SpoolMaxBytes.ToString(CultureInfo.InvariantCulture),
        [$"{SpoolOptions.Section}:{nameof(SpoolOptions.MaxAge)}"] = options.SpoolMaxAge.ToString("c", CultureInfo.InvariantCulture),
    };

    /// <summary>The owner starts and stops it; signals are the process's business.</summary>
    private sealed class QuietLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
