using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Broker;

/// <summary>Section <c>Broker</c>: what RabbitMQ asks here about agents, and how agents' connections are ended there.</summary>
internal sealed class BrokerOptions : IValidatableObject
{
    public const string Section = "Broker";

    /// <summary>Where the broker asks, such as <c>http://127.0.0.1:5082</c>; empty (default): nowhere, and agents have no identities of their own at the broker.</summary>
    public string AuthUrl { get; set => field = value ?? ""; } = "";

    /// <summary>Path before <c>/auth/...</c> that only the broker's configuration knows; empty (default): none. 16 to 128 letters and digits.</summary>
    [RegularExpression("^([A-Za-z0-9]{16,128})?$", ErrorMessage = "Broker:AuthSecret takes 16 to 128 letters and digits, or nothing")]
    public string AuthSecret { get; set => field = value ?? ""; } = "";

    /// <summary>The broker's management API with an administrator's name and password, such as <c>http://user:password@127.0.0.1:15672</c>; empty (default): connections of a disabled agent live on until they break.</summary>
    public string ManagementUrl { get; set => field = value ?? ""; } = "";

    /// <summary>Seconds that the broker remembers an answer (<c>auth_cache.cache_ttl</c>): 1 to 50, default 30. A disabled agent's connections are ended once more after it.</summary>
    [Range(1, 50)]
    public int CacheSeconds { get; set; } = 30;

    public TimeSpan CacheLife => TimeSpan.FromSeconds(CacheSeconds);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ManagementUrl.Length > 0 && !(Uri.TryCreate(ManagementUrl, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"))
        {
            yield return new ValidationResult($"{Section}:ManagementUrl must be an http:// or https:// address, or empty", [nameof(ManagementUrl)]);
        }
    }
}

[OptionsValidator]
internal sealed partial class BrokerOptionsValidator : IValidateOptions<BrokerOptions>;
