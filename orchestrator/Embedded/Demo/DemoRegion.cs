using System.Net;
using Probes.Contracts.Checks;

namespace Probes.Orchestrator.Embedded.Demo;

/// <summary>One place of the demo, and how far it is from the target.</summary>
/// <param name="Address">Loopback address that the target has for this region alone; its DNS server answers with it.</param>
/// <param name="Distance">Median time the target takes to answer it.</param>
internal sealed record DemoRegion(string Name, string City, double Latitude, double Longitude, IPAddress Address, TimeSpan Distance)
{
    internal static readonly IReadOnlyList<DemoRegion> All =
    [
        new("eu-west", "Dublin", 53.35, -6.26, IPAddress.Parse("127.0.1.1"), TimeSpan.FromMilliseconds(24)),
        new("eu-central", "Frankfurt", 50.11, 8.68, IPAddress.Parse("127.0.1.2"), TimeSpan.FromMilliseconds(12)),
        new("us-east", "Virginia", 38.95, -77.45, IPAddress.Parse("127.0.1.3"), TimeSpan.FromMilliseconds(88)),
        new("us-west", "Oregon", 45.84, -119.69, IPAddress.Parse("127.0.1.4"), TimeSpan.FromMilliseconds(145)),
        new("ap-southeast", "Singapore", 1.35, 103.82, IPAddress.Parse("127.0.1.5"), TimeSpan.FromMilliseconds(170)),
    ];

    internal Location Location => new()
    {
        Name = Name,
        Type = LocationType.Cloud,
        Description = City,
        Latitude = Latitude,
        Longitude = Longitude,
    };
}
