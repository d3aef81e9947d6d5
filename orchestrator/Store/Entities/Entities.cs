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
    /// <summary>When it last began to probe something else; null: it always has probed what it does now, or did before this was kept.</summary>
    public DateTimeOffset? ProbedSince { get; set; }
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
    /// <summary>Address it enrolled from.</summary>
    public string? EnrolledFrom { get; set; }
    /// <summary>SubjectPublicKeyInfo, DER; null for agents that were enrolled before keys and have not bound one since.</summary>
    public byte[]? PublicKey { get; set; }
    /// <summary>Null: does not expire, for agents without a key only.</summary>
    public DateTimeOffset? CredentialExpiresAt { get; set; }
    /// <summary>The credential before, good for a while after a renewal.</summary>
    public byte[]? PreviousCredentialHash { get; set; }
    public DateTimeOffset? PreviousCredentialExpiresAt { get; set; }
    /// <summary>Given no checks, for maintenance.</summary>
    public bool Drained { get; set; }
    /// <summary>Deleted ones stay, so that their history can be read.</summary>
    public DateTimeOffset? DeletedAt { get; set; }
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
    /// <summary>Networks it may be used from, comma-separated CIDRs; empty: any.</summary>
    public string SourceCidrs { get; set; } = "";
    public string CreatedBy { get; set; } = "";
}

public sealed class ApiKeyEntity
{
    public int Id { get; set; }
    public required string PublicId { get; set; }
    public required string Name { get; set; }
    public required byte[] SecretHash { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? RevokedAt { get; set; }
    /// <summary>"viewer", "editor" or "admin"; keys from before roles are admins.</summary>
    public string Role { get; set; } = "admin";
    /// <summary>Null: all projects.</summary>
    public string? Project { get; set; }
    public DateTimeOffset? ExpiresAt { get; set; }
    public string CreatedBy { get; set; } = "";
    public DateTimeOffset? LastUsedAt { get; set; }
}

/// <summary>A person who has signed in through OpenID Connect.</summary>
public sealed class UserEntity
{
    public int Id { get; set; }
    public required string Issuer { get; set; }
    public required string Subject { get; set; }
    public required string Name { get; set; }
    public required string Role { get; set; }
    /// <summary>Null: all projects.</summary>
    public string? Project { get; set; }
    public DateTimeOffset FirstSeenAt { get; set; }
    public DateTimeOffset LastSeenAt { get; set; }
    public DateTimeOffset? DisabledAt { get; set; }
}

/// <summary>A namespace that separates one team's checks, locations and keys from another's; "default" is always there.</summary>
public sealed class ProjectEntity
{
    public int Id { get; set; }
    public required string Name { get; set; }
    public string Description { get; set; } = "";
    public DateTimeOffset CreatedAt { get; set; }
}

/// <summary>One change: who, what, from what to what. Never changed afterwards.</summary>
public sealed class AuditEntity
{
    public long Id { get; set; }
    public DateTimeOffset At { get; set; }
    public required string Actor { get; set; }
    /// <summary>"key", "user", "agent" or "system".</summary>
    public required string ActorKind { get; set; }
    public string Address { get; set; } = "";
    /// <summary>Such as "agent.disable".</summary>
    public required string Action { get; set; }
    public required string Target { get; set; }
    public string? Project { get; set; }
    public string? Before { get; set; }
    public string? After { get; set; }
}

/// <summary>A named value that checks refer to; only its encrypted form is stored.</summary>
public sealed class SecretEntity
{
    public int Id { get; set; }
    public required string Project { get; set; }
    public required string Name { get; set; }
    public required byte[] Ciphertext { get; set; }
    public long Revision { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
    public string UpdatedBy { get; set; } = "";
}

/// <summary>A key that signs assignments; the newest one that is not retired does.</summary>
public sealed class SigningKeyEntity
{
    public int Id { get; set; }
    public required string KeyId { get; set; }
    /// <summary>SubjectPublicKeyInfo, DER.</summary>
    public required byte[] PublicKey { get; set; }
    /// <summary>PKCS#8, encrypted with the data protection keys; empty once retired.</summary>
    public required byte[] ProtectedPrivateKey { get; set; }
    public DateTimeOffset CreatedAt { get; set; }
    public DateTimeOffset? RetiredAt { get; set; }
    /// <summary>The key before, which vouches for this one; empty for the first.</summary>
    public string EndorsedBy { get; set; } = "";
    public byte[]? Endorsement { get; set; }
}

/// <summary>A data protection key, itself encrypted with the master key: what lets replicas read each other's cookies and secrets.</summary>
public sealed class DataProtectionKeyEntity
{
    public int Id { get; set; }
    public required string FriendlyName { get; set; }
    public required string Xml { get; set; }
}

/// <summary>While a check was to run from a location at one interval: what makes the number of runs that were due countable.</summary>
public sealed class SchedulePeriodEntity
{
    public long Id { get; set; }
    public int CheckId { get; set; }
    public required string Location { get; set; }
    public long IntervalUs { get; set; }
    public DateTimeOffset FromAt { get; set; }
    public DateTimeOffset? ToAt { get; set; }
}

/// <summary>While an agent's checks were given to its peers: results it made for due times within are not counted.</summary>
public sealed class FenceEntity
{
    public long Id { get; set; }
    public int AgentId { get; set; }
    public DateTimeOffset FromAt { get; set; }
    public DateTimeOffset? ToAt { get; set; }
}

/// <summary>One cause, from its first effect to its last.</summary>
public sealed class IncidentEntity
{
    public long Id { get; set; }
    public required string Project { get; set; }
    /// <summary>What it is blamed on: "route", "agent", "region", "target" or "everything".</summary>
    public string Culprit { get; set; } = "";
    public string Target { get; set; } = "";
    public string Region { get; set; } = "";
    public string Agent { get; set; } = "";
    public string? Phase { get; set; }
    public int Worse { get; set; }
    public int Well { get; set; }
    /// <summary>"degraded" or "down": the worst it has been.</summary>
    public required string Level { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string Summary { get; set; } = "";
    public DateTimeOffset UpdatedAt { get; set; }
    public string? AcknowledgedBy { get; set; }
    public DateTimeOffset? AcknowledgedAt { get; set; }
    public DateTimeOffset? SilencedUntil { get; set; }
    /// <summary>What people found: "confirmed" or "dismissed".</summary>
    public string? Finding { get; set; }
    public long? MergedInto { get; set; }
}

/// <summary>One check in one region as a part of an incident.</summary>
public sealed class ImpactEntity
{
    public long Id { get; set; }
    public long IncidentId { get; set; }
    public required string Check { get; set; }
    public required string Region { get; set; }
    /// <summary>"degraded" or "down": the worst it has been.</summary>
    public required string Level { get; set; }
    public DateTimeOffset StartedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public required string Summary { get; set; }
    /// <summary>The evidence of the latest verdict that showed it, as JSON.</summary>
    public required string Evidence { get; set; }
    public DateTimeOffset UpdatedAt { get; set; }
}

/// <summary>Something that happened to an incident; only ever added.</summary>
public sealed class IncidentEventEntity
{
    public long Id { get; set; }
    public long IncidentId { get; set; }
    public DateTimeOffset At { get; set; }
    public required string Kind { get; set; }
    /// <summary>Who did it; empty: the detector.</summary>
    public required string Actor { get; set; }
    public required string Text { get; set; }
}
