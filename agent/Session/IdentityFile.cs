using System.Text.Json;
using System.Text.Json.Serialization;

namespace Probes.Agent.Session;

/// <summary>Who this agent is, as its enrolment made it.</summary>
internal sealed record Identity
{
    public required string AgentId { get; init; }
    public required string Name { get; init; }
    public required string Location { get; init; }

    /// <summary>Secret: proves the identity at each connect.</summary>
    public required string Credential { get; init; }

    /// <summary>By the corrected clock; in the past when it was enrolled before credentials expired.</summary>
    public DateTimeOffset CredentialRenewAt { get; init; }

    /// <summary>Signs what this agent is told to probe; null when it was enrolled before signing and has not met a newer orchestrator yet.</summary>
    public PinnedKey? SigningKey { get; init; }

    /// <summary>Where results go, as last said (a <c>PublishTarget</c> in base64); empty when it held a password, which is not kept.</summary>
    public string Publish { get; init; } = "";

    /// <summary>gRPC address of the orchestrator that was last used.</summary>
    public required Uri Orchestrator { get; init; }

    // The credential must not reach a log by way of a record's text.
    public override string ToString() => $"{Name} ({AgentId}) in {Location}";
}

/// <summary><c>identity.json</c> in the data folder, readable by its owner only.</summary>
internal sealed class IdentityFile(string path)
{
    public const string FileName = "identity.json";

    /// <summary>Null when the agent has not enrolled yet.</summary>
    /// <exception cref="AgentStopException">The file is there and cannot be read.</exception>
    public Identity? Load()
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize(File.ReadAllBytes(path), IdentityJson.Default.Identity) : null;
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new AgentStopException(
                ExitCodes.BadInput, $"the identity in '{path}' cannot be read ({error.Message}); remove the file and enrol again with a new token", error);
        }
    }

    /// <exception cref="AgentStopException">The file cannot be written.</exception>
    public void Save(Identity identity)
    {
        try
        {
            DataFolder.Replace(path, JsonSerializer.Serialize(identity, IdentityJson.Default.Identity));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new AgentStopException(ExitCodes.Fault, $"the identity cannot be written to '{path}': {error.Message}", error);
        }
    }
}

[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(Identity))]
internal sealed partial class IdentityJson : JsonSerializerContext;
