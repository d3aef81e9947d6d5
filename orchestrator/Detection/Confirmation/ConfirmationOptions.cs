using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Detection.Confirmation;

/// <summary>How much may be asked of other agents when something is suspected. Section <c>Detection:Confirmation</c>.</summary>
internal sealed class ConfirmationOptions
{
    public const string Section = "Detection:Confirmation";

    /// <summary>Agents asked each time, 0 to 10, default 4; 0: none ever.</summary>
    [Range(0, 10)]
    public int Agents { get; set; } = 4;

    /// <summary>Confirmations a minute over all checks, 1 to 6,000, default 60; what is over is dropped and counted.</summary>
    [Range(1, 6000)]
    public int PerMinute { get; set; } = 60;

    /// <summary>Confirmations under way at once, 1 to 16, default 4.</summary>
    [Range(1, 16)]
    public int AtOnce { get; set; } = 4;

    /// <summary>Seconds between two confirmations of one check in one region, 10 to 3,600, default 60.</summary>
    [Range(10, 3600)]
    public int CoolingSeconds { get; set; } = 60;

    internal TimeSpan Cooling => TimeSpan.FromSeconds(CoolingSeconds);
}

[OptionsValidator]
internal sealed partial class ConfirmationOptionsValidator : IValidateOptions<ConfirmationOptions>;
