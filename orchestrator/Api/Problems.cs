using Microsoft.AspNetCore.Http.HttpResults;
using Probes.Contracts.Documents;

namespace Probes.Orchestrator.Api;

/// <summary>One thing that is wrong with a request. Line and column count from 1 within the body; 0 when it is not about a body.</summary>
public sealed record FieldProblem(string Field, string Message, string Allowed, string File, int Line, int Column, string Key);

/// <summary>Refusals as problem documents (RFC 9457) that name the offending field.</summary>
internal static class Problems
{
    public static ProblemHttpResult Field(string field, string message, string allowed = "") =>
        Of(StatusCodes.Status400BadRequest, "A value is not allowed", $"{field}: {message}{(allowed.Length > 0 ? $" (allowed: {allowed})" : "")}",
            [new FieldProblem(field, message, allowed, "", 0, 0, field)]);

    public static ProblemHttpResult Documents(IReadOnlyList<DocumentError> errors) =>
        Of(StatusCodes.Status400BadRequest, "The documents have mistakes; nothing was changed", string.Join("\n", errors.Take(20)),
            [.. errors.Select(e => new FieldProblem(e.Key, e.Message, e.Allowed, e.File, e.Line, e.Column, e.Key))]);

    public static ProblemHttpResult NotFound(string what, string name) =>
        Of(StatusCodes.Status404NotFound, "Not found", $"there is no {what} '{name}'", []);

    /// <param name="uses">What is in the way, such as <c>check/web</c>.</param>
    public static ProblemHttpResult InUse(string what, string name, IReadOnlyList<string> uses) =>
        TypedResults.Problem($"{what} '{name}' stays: {string.Join(", ", uses)}", statusCode: StatusCodes.Status409Conflict, title: "In use",
            extensions: new Dictionary<string, object?> { ["uses"] = uses });

    public static ProblemHttpResult TooMany(string detail) =>
        Of(StatusCodes.Status429TooManyRequests, "Too many at once", detail, []);

    public static ProblemHttpResult TooLarge(long most) =>
        Of(StatusCodes.Status413PayloadTooLarge, "The body is too large", $"at most {most} bytes are taken", []);

    private static ProblemHttpResult Of(int status, string title, string detail, IReadOnlyList<FieldProblem> errors) =>
        TypedResults.Problem(detail, statusCode: status, title: title,
            extensions: errors.Count > 0 ? new Dictionary<string, object?> { ["field"] = errors[0].Field, ["errors"] = errors } : null);
}
