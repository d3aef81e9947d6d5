using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace Probes.Agent.Publish;

internal static class PublishServices
{
    /// <summary>Adds publishing: what is spooled goes where <see cref="PublishTargetSource"/> says.</summary>
    public static IHostApplicationBuilder AddPublish(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.TryAddSingleton<PublishTargetSource>();
        builder.Services.TryAddSingleton<PublisherFactory>();
        builder.Services.TryAddSingleton(_ => new PublishBackoff(new Random()));
        builder.Services.AddHostedService<PublishLoop>();
        return builder;
    }
}
