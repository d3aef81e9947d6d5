namespace Probes.Orchestrator.Store.Entities;

// Configuration entities, kept through EF Core on both engines. Their integer ids are what results and rollups refer to.

/// <summary>A check as last applied; deleted ones stay, so that their history can be read.</summary>
public sealed class CheckEntity
{
    public int Id { get; set; }
    public required string Name { get; set; }
    /// <summary>Grows by one with each change of the document.</summary>
    public long Revision { get; set; }
    /// <summary>Canonical JSON document, as <c>CheckDocuments</c> writes it.</summary>
    public required string Document { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }
}

public sealed class LocationEntity
{
    public int Id { get; set; }
    public required string Name { get; set; }
    public long Revision { get; set; }
    public required string Document { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public DateTimeOffset? DeletedAt { get; set; }
}

public sealed class AgentEntity
{
    public int Id { get; set; }
    /// <summary>Identity on the wire: 26 characters, random.</summary>
    public required string PublicId { get; set; }
    public required string Name { get; set; }
    public required string Location { get; set; }
    /// <summary>SHA-256 of the credential.</summary>
    public required byte[] CredentialHash { get; set; }
    public string Version { get; set; } = "";
    public DateTimeOffset EnrolledAt { get; set; }
    public DateTimeOffset? LastSeenAt { get; set; }
    public bool Disabled { get; set; }
    public string? EnrolledWith { get; set; }
}

public sealed class TokenEntity
{
    public int Id { get; set; }
    public required string PublicId { get; set; }
    public required byte[] SecretHash { get; set; }
    public required string Location { get; set; }
    public int MaxUses { get; set; }
    public int Uses { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset ExpiresAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
}

public sealed class ApiKeyEntity
{
    public int Id { get; set; }
    public required string PublicId { get; set; }
    public required string Name { get; set; }
    public required byte[] SecretHash { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
}

public sealed class IncidentEntity
{
    public long Id { get; set; }
    public required string Check { get; set; }
    public required string Region { get; set; }
    /// <summary>"degraded" or "down": the worst it has been.</summary>
    public required string Level { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public required string Summary { get; set; }
    /// <summary>The evidence of the latest verdict, as JSON.</summary>
    public required string Evidence { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
}
