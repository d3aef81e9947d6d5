using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Probes.Orchestrator.Ingest;

/// <summary>Settings under <c>Bus</c>.</summary>
internal sealed class BusOptions : IValidatableObject
{
    public const string Section = "Bus";

    /// <summary><c>amqp://user:password@host:5672/vhost</c> or <c>amqps://...</c>. Empty (default): batches come over the relay and an in-memory bus.</summary>
    public string ConnectionString { get; set => field = value ?? ""; } = "";

    /// <summary>What agents are given; default: the same as <see cref="ConnectionString"/>.</summary>
    public string AgentConnectionString { get; set => field = value ?? ""; } = "";

    /// <summary>Roots (PEM) to trust at an amqps:// broker instead of the machine's; empty (default): the machine's.</summary>
    public string CaFile { get; set => field = value ?? ""; } = "";

    /// <summary>Permit amqp:// to another machine; default false.</summary>
    public bool AllowPlaintext { get; set; }

    /// <summary>
    /// Whether each agent logs in at the broker as itself: when agents are given an address without a name and a password of its own. RabbitMQ then has to ask
    /// here (section <c>Broker</c>).
    /// </summary>
    public bool AgentsHaveIdentities =>
        ConnectionString.Length > 0 && AgentConnectionString.Length > 0
        && Uri.TryCreate(AgentConnectionString, UriKind.Absolute, out var uri) && uri.UserInfo.Length == 0;

    /// <summary>Messages stored in one transaction at most; default 100, 1 to 1,000.</summary>
    [Range(1, 1000)]
    public int GroupSize { get; set; } = 100;

    /// <summary>How long a group waits to fill; default 50 ms, 1 ms to 5 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:05")]
    public TimeSpan GroupDelay { get; set; } = TimeSpan.FromMilliseconds(50);

    /// <summary>Groups stored at once; default 2, 1 to 16.</summary>
    [Range(1, 16)]
    public int Groups { get; set; } = 2;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (CaFile.Length > 0 && !File.Exists(CaFile))
        {
            yield return new ValidationResult($"{Section}:CaFile: there is no file '{CaFile}'", [nameof(CaFile)]);
        }

        foreach (var (key, value) in new[] { (nameof(ConnectionString), ConnectionString), (nameof(AgentConnectionString), AgentConnectionString) })
        {
            if (value.Length > 0 && !(Uri.TryCreate(value, UriKind.Absolute, out var uri) && uri.Scheme is "amqp" or "amqps"))
            {
                yield return new ValidationResult($"{Section}:{key} must be an amqp:// or amqps:// address, or empty", [key]);
            }
            else if (value.Length > 0 && !AllowPlaintext && new Uri(value) is { Scheme: "amqp", IsLoopback: false })
            {
                yield return new ValidationResult(
                    $"{Section}:{key} would send passwords and results in clear text to another machine: use amqps://, or set {Section}:AllowPlaintext=true on a network you trust", [key]);
            }
        }
    }
}

[OptionsValidator]
internal sealed partial class BusOptionsValidator : IValidateOptions<BusOptions>;
