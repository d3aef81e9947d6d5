using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Enrolment;

/// <summary>Section <c>Enrolment</c>.</summary>
internal sealed class EnrolmentOptions
{
    /// <summary>Hours that an agent's credential is good for: 0.001 to 24, default 24. Agents renew it at two thirds of that.</summary>
    [Range(0.001, 24)]
    public double CredentialHours { get; set; } = 24;

    /// <summary>Agents' address of this orchestrator, as they reach it, in the commands that the dashboard shows; empty: made of <c>Grpc:Url</c>.</summary>
    public string PublicUrl { get; set; } = "";

    public TimeSpan CredentialLife => TimeSpan.FromHours(CredentialHours);

    /// <summary>How long the credential before stays good after a renewal: what an agent did not hear of must not shut it out. A twelfth of the life, at most an hour.</summary>
    public TimeSpan Overlap => TimeSpan.FromTicks(Math.Min(CredentialLife.Ticks / 12, TimeSpan.TicksPerHour));
}

[OptionsValidator]
internal sealed partial class EnrolmentOptionsValidator : IValidateOptions<EnrolmentOptions>;

/// <summary>What attributes cannot say.</summary>
internal sealed class PublicUrlValidator : IValidateOptions<EnrolmentOptions>
{
    public ValidateOptionsResult Validate(string? name, EnrolmentOptions options)
    {
        return options.PublicUrl.Length == 0 || (Uri.TryCreate(options.PublicUrl, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.Host.Length > 0)
            ? ValidateOptionsResult.Success
            : ValidateOptionsResult.Fail($"Enrolment:PublicUrl: '{options.PublicUrl}' is not an address (allowed: https://HOST:PORT)");
    }
}
