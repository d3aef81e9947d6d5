using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Detection.Incidents;

/// <summary>When what is found belongs to an incident that was there before. Section <c>Detection:Incidents</c>.</summary>
internal sealed class IncidentOptions
{
    public const string Section = "Detection:Incidents";

    /// <summary>Minutes after its end within which an incident is taken up again by what flares up again, 0 (each is a new one) to 1,440, default 10.</summary>
    [Range(0, 1440)]
    public int AgainMinutes { get; set; } = 10;
}

[OptionsValidator]
internal sealed partial class IncidentOptionsValidator : IValidateOptions<IncidentOptions>;
