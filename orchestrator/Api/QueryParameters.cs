using Microsoft.OpenApi;

namespace Probes.Orchestrator.Api;

/// <summary>Describes query values and bodies that endpoints read themselves, so that their refusals can name what is allowed.</summary>
internal static class QueryParameters
{
    public static RouteHandlerBuilder WithQuery(this RouteHandlerBuilder endpoint, params (string Name, string Allowed)[] parameters) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.Parameters ??= [];
            foreach (var (name, allowed) in parameters)
            {
                operation.Parameters.Add(new OpenApiParameter
                {
                    Name = name,
                    In = ParameterLocation.Query,
                    Description = allowed,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String },
                });
            }

            return Task.CompletedTask;
        });

    /// <summary>A body of probes/v1 documents.</summary>
    public static RouteHandlerBuilder WithDocuments(this RouteHandlerBuilder endpoint, string what = "Documents of apiVersion probes/v1", bool required = true) =>
        endpoint.AddOpenApiOperationTransformer((operation, _, _) =>
        {
            operation.RequestBody = new OpenApiRequestBody
            {
                Required = required,
                Description = $"{what}; at most 1 MiB",
                Content = new Dictionary<string, OpenApiMediaType>
                {
                    ["application/yaml"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.String } },
                    ["application/json"] = new() { Schema = new OpenApiSchema { Type = JsonSchemaType.Object } },
                },
            };
            return Task.CompletedTask;
        });
}
