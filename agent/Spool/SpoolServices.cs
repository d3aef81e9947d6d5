using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Probes.Agent.Spool;

internal static class SpoolServices
{
    /// <summary>Adds the spool on disk and its writer. Settings: <see cref="SpoolOptions"/>.</summary>
    public static IHostApplicationBuilder AddSpool(this IHostApplicationBuilder builder)
    {
        var data = builder.Configuration["Data"] is { Length: > 0 } folder ? folder : "data";
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<IValidateOptions<SpoolOptions>, SpoolOptionsValidator>();
        builder.Services.AddOptions<SpoolOptions>()
            .BindConfiguration(SpoolOptions.Section)
            .PostConfigure(o => o.Folder = o.Folder.Length > 0 ? o.Folder : Path.Combine(data, "spool"))
            .ValidateOnStart();
        builder.Services.AddSingleton(services => new DiskSpool(
            services.GetRequiredService<IOptions<SpoolOptions>>().Value,
            services.GetRequiredService<TimeProvider>(),
            services.GetRequiredService<ILogger<DiskSpool>>()));
        builder.Services.AddSingleton<ISpool>(services => services.GetRequiredService<DiskSpool>());
        builder.Services.AddHostedService<SpoolWriter>();
        return builder;
    }
}
