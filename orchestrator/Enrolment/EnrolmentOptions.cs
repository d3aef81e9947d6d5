using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Section <c>Enrolment</c>.</summary>
internal sealed class EnrolmentOptions
{
    /// <summary>Hours that an agent's credential is good for: 0.001 to 24, default 24. Agents renew it at two thirds of that.</summary>
    [Range(0.001, 24)]
    public double CredentialHours { get; set; } = 24;

    public TimeSpan CredentialLife => TimeSpan.FromHours(CredentialHours);

    /// <summary>How long the credential before stays good after a renewal: what an agent did not hear of must not shut it out. A twelfth of the life, at most an hour.</summary>
    public TimeSpan Overlap => TimeSpan.FromTicks(Math.Min(CredentialLife.Ticks / 12, TimeSpan.TicksPerHour));
}

[OptionsValidator]
internal sealed partial class EnrolmentOptionsValidator : IValidateOptions<EnrolmentOptions>;
