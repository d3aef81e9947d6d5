using System.Globalization;
using System.Security.Cryptography;

namespace Probes.Orchestrator.Leadership;

/// <summary>This orchestrator among several: a new name at each start.</summary>
public sealed class Replica(TimeProvider time)
{
    /// <summary>The machine's name and eight random digits.</summary>
    public string Id { get; } = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName.ToLowerInvariant()}-{RandomNumberGenerator.GetHexString(8, lowercase: true)}");

    public DateTimeOffset StartedAt { get; } = time.GetUtcNow();
}
