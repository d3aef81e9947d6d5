using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Probes.Agent.Schedule;

internal static class ScheduleServices
{
    /// <summary>Adds the scheduler, which hands due runs to the <see cref="IRunSink"/>.</summary>
    public static IHostApplicationBuilder AddSchedule(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RunScheduler>();
        builder.Services.AddHostedService(services => services.GetRequiredService<RunScheduler>());
        return builder;
    }
}
