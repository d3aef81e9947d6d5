using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Access;

/// <summary>Section <c>Audit</c>.</summary>
internal sealed class AuditOptions
{
    public const string Section = "Audit";

    /// <summary>Days that the audit log is kept: 1 to 3650, default 400.</summary>
    [Range(1, 3650, ErrorMessage = "Audit:RetentionDays must be 1 to 3650 (days).")]
    public int RetentionDays { get; set; } = 400;
}

/// <summary>Section <c>Limits</c>. Each address (IPv6: each /64) or caller has as many at once as it has in a minute. 0: no limit.</summary>
internal sealed class LimitOptions
{
    public const string Section = "Limits";

    /// <summary>Refused sign-ins per minute and address: 0 to 100,000, default 10.</summary>
    [Range(0, 100_000, ErrorMessage = "Limits:SignInPerMinute must be 0 to 100000 (refused sign-ins per minute and address; 0: no limit).")]
    public int SignInPerMinute { get; set; } = 10;

    /// <summary>Refused enrolments per minute and address: 0 to 100,000, default 30.</summary>
    [Range(0, 100_000, ErrorMessage = "Limits:EnrolmentPerMinute must be 0 to 100000 (refused enrolments per minute and address; 0: no limit).")]
    public int EnrolmentPerMinute { get; set; } = 30;

    /// <summary>Requests per minute and key or user: 0 to 10,000,000, default 6,000.</summary>
    [Range(0, 10_000_000, ErrorMessage = "Limits:ApiPerMinute must be 0 to 10000000 (requests per minute and key or user; 0: no limit).")]
    public int ApiPerMinute { get; set; } = 6_000;

    /// <summary>Requests per minute and address of those who are not signed in: 0 to 10,000,000, default 600.</summary>
    [Range(0, 10_000_000, ErrorMessage = "Limits:StrangerPerMinute must be 0 to 10000000 (requests per minute and address without a key; 0: no limit).")]
    public int StrangerPerMinute { get; set; } = 600;
}

[OptionsValidator]
internal sealed partial class AuditOptionsValidator : IValidateOptions<AuditOptions>;

[OptionsValidator]
internal sealed partial class LimitOptionsValidator : IValidateOptions<LimitOptions>;
