using Microsoft.AspNetCore.OpenApi;
using Probes.Orchestrator.Catalog;
using Probes.Orchestrator.Detection;
using Probes.Orchestrator.Detection.Answers;
using Probes.Orchestrator.Detection.Incidents;
using Probes.Orchestrator.Sessions;
using Probes.Orchestrator.Store;

namespace Probes.Orchestrator.Projects;

/// <summary>
/// Teams apart from each other. Whoever asks for the catalog, the agents, the verdicts or the results while a request is answered, endpoint
/// or page, gets them as the caller may see them, and need not know; the orchestrator's own parts, which are made once, get the whole.
/// </summary>
internal static class ProjectServices
{
    private const string Whole = "whole";

    /// <summary>After all that it narrows.</summary>
    internal static WebApplicationBuilder AddProjects(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddHttpContextAccessor();
        services.Configure<OpenApiOptions>("v1", ProjectApi.Describe);
        services.AddTransient<EventFilter>();
        services.AddSingleton<ProjectBook>();
        services.AddSingleton<Root>();
        services.AddTransient(s => s.GetRequiredService<Root>().Is(s) ? ProjectScope.All : ProjectScope.Of(s.GetRequiredService<IHttpContextAccessor>().HttpContext));
        Narrow<ICatalog>(services, (whole, scope, _) => new ScopedCatalog(whole, scope));
        Narrow<IAgentRegistry>(services, (whole, scope, _) => new ScopedAgents(whole, scope));
        Narrow<IVerdicts>(services, (whole, scope, _) => new ScopedVerdicts(whole, scope));
        Narrow<IAnswers>(services, (whole, scope, _) => new ScopedAnswers(whole, scope));
        Narrow<IIncidents>(services, (whole, scope, _) => new ScopedIncidents(whole, scope));
        Narrow<IResultStore>(services, (whole, scope, s) => new ScopedResults(whole, s.GetRequiredService<ICatalog>(), scope));
        return builder;
    }

    internal static void UseProjects(this WebApplication app) => app.Use(ProjectNames.ReadAsync);

    internal static void MapProjects(this WebApplication app) => ProjectEndpoints.Map(app.MapGroup("/api/v1"));

    /// <summary>A view is made for each who asks and ends with nothing to dispose of; what it looks at is one and the same.</summary>
    private static void Narrow<T>(IServiceCollection services, Func<T, ProjectScope, IServiceProvider, T> view)
        where T : class
    {
        var whole = services.Last(d => d.ServiceType == typeof(T) && !d.IsKeyedService);
        services.Remove(whole);
        services.Add(whole switch
        {
            { ImplementationInstance: { } one } => ServiceDescriptor.KeyedSingleton(typeof(T), Whole, one),
            { ImplementationFactory: { } make } => ServiceDescriptor.KeyedSingleton(typeof(T), Whole, (s, _) => make(s)),
            _ => ServiceDescriptor.KeyedSingleton(typeof(T), Whole, whole.ImplementationType!),
        });
        services.AddTransient(s => view(s.GetRequiredKeyedService<T>(Whole), s.GetRequiredService<ProjectScope>(), s));
    }

    /// <summary>Knows the provider that the orchestrator's own parts are made by from those of requests.</summary>
    private sealed class Root(IServiceProvider services)
    {
        internal bool Is(IServiceProvider other) => ReferenceEquals(services, other);
    }
}
