namespace Probes.Orchestrator.Assignment;

/// <summary>Which agent runs which check. A pure function; the sessions call it whenever checks or agents change.</summary>
internal static class AssignmentServices
{
    internal static WebApplicationBuilder AddAssignment(this WebApplicationBuilder builder) => builder;
}
