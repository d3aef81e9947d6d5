using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Probes.Orchestrator.Projects;

/// <summary>Every operation of the REST API takes a project.</summary>
internal static class ProjectApi
{
    internal static void Describe(OpenApiOptions api) => api.AddOperationTransformer((operation, context, _) =>
    {
        if (context.Description.RelativePath is { } path && path.StartsWith("api/v1/", StringComparison.Ordinal)
            && !path.StartsWith("api/v1/projects", StringComparison.Ordinal))
        {
            operation.Parameters ??= [];
            if (!operation.Parameters.Any(p => p.Name == "project"))
            {
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = "project",
                    In = ParameterLocation.Query,
                    Description = "name of a project: only its things, and what bare names mean; default all, and project default for bare names",
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                });
            }
        }

        return Task.CompletedTask;
    });
}
