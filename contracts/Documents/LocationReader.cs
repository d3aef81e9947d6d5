using Probes.Contracts.Checks;

namespace Probes.Contracts.Documents;

/// <summary>Reads the spec of a location.</summary>
internal static class LocationReader
{
    private static readonly (string, LocationType)[] Types = [("cloud", LocationType.Cloud), ("private", LocationType.Private)];

    public static Location Read(DocumentMap? spec)
    {
        if (spec is null)
        {
            return new Location { Name = "" };
        }

        var location = new Location
        {
            Name = "",
            Type = spec.Word("type", Types) ?? LocationType.Private,
            Region = spec.Line("region", most: 63) ?? "",
            Latitude = spec.Number("latitude", -90, 90),
            Longitude = spec.Number("longitude", -180, 180),
            Shared = spec.Flag("shared") ?? false,
        };
        if (spec.Has("latitude") != spec.Has("longitude"))
        {
            spec.Error(spec.Has("latitude") ? "latitude" : "longitude", "needs the other coordinate too", "both latitude and longitude, or neither");
        }

        spec.Close();
        return location;
    }
}
