using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Orchestrator.Access;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Tokens on record: who lets agents in, and where.</summary>
internal static class TokenAudit
{
    internal static Task CreatedAsync(Audit audit, Caller caller, TokenInfo token) => audit.WriteAsync(
        caller, "token.create", $"token/{token.Id}", null,
        JsonSerializer.Serialize(new { token.Location, token.MaxUses, token.ExpiresAt, token.SourceCidrs }, AuditJson.Options), CancellationToken.None, QualifiedName.ProjectOf(token.Location));

    internal static Task RevokedAsync(Audit audit, Caller caller, TokenInfo token) => audit.WriteAsync(
        caller, "token.revoke", $"token/{token.Id}",
        JsonSerializer.Serialize(new { token.Location, token.MaxUses, token.Uses }, AuditJson.Options), null, CancellationToken.None, QualifiedName.ProjectOf(token.Location));
}
