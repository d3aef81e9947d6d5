using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;
using JsonOptions = Microsoft.AspNetCore.Http.Json.JsonOptions;

namespace Probes.Orchestrator.Api;

/// <summary>Reads a request's body as text, up to a bound.</summary>
internal static class Bodies
{
    public const int Largest = 1 << 20;

    /// <summary>Null when it is larger than <see cref="Largest"/>.</summary>
    public static async Task<string?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > Largest)
        {
            return null;
        }

        var buffer = new byte[Largest + 1];
        var filled = await request.Body.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return filled > Largest ? null : Encoding.UTF8.GetString(buffer, 0, filled);
    }

    /// <summary>A JSON body of a known shape, or what is wrong with it; exactly one of both.</summary>
    public static async Task<(T? Value, ProblemHttpResult? Refusal)> ReadJsonAsync<T>(HttpRequest request, CancellationToken ct)
        where T : class
    {
        if (await ReadAsync(request, ct) is not { } text)
        {
            return (null, Problems.TooLarge(Largest));
        }

        try
        {
            var json = request.HttpContext.RequestServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
            return JsonSerializer.Deserialize<T>(text, json) is { } value ? (value, null) : (null, Problems.Field("body", "is null", Shape<T>()));
        }
        catch (JsonException fault)
        {
            var field = fault.Path is { Length: > 2 } path && path.StartsWith("$.", StringComparison.Ordinal) ? path[2..] : "";
            return (null, field.Length > 0
                ? Problems.Field(field, "is not known here, or its value is of the wrong type", Shape<T>())
                : Problems.Field("body", $"is not JSON of this shape (line {(fault.LineNumber ?? 0) + 1})", Shape<T>()));
        }
    }

    private static string Shape<T>() => string.Join(", ", typeof(T).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name)));
}
