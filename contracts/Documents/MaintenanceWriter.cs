using System.Globalization;
using System.Text.Json;
using Probes.Contracts.Checks;

namespace Probes.Contracts.Documents;

/// <summary>Writes the spec of a maintenance window.</summary>
internal static class MaintenanceWriter
{
    public static void Write(Utf8JsonWriter json, MaintenanceWindow window)
    {
        var project = QualifiedName.ProjectOf(window.Name);
        DocumentWriter.Texts(json, "checks", window.Checks.Count == 0 ? ["*"] : window.Checks.Select(QualifiedName.BareOf));
        if (window.Regions.Count > 0)
        {
            DocumentWriter.Texts(json, "regions", window.Regions);
        }

        if (window.Locations.Count > 0)
        {
            DocumentWriter.Texts(json, "locations", window.Locations.Select(l => QualifiedName.Within(project, l)));
        }

        if (window is { From: { } from, To: { } to })
        {
            json.WriteString("from", Time(from));
            json.WriteString("to", Time(to));
        }
        else
        {
            json.WriteString("schedule", window.Schedule);
            json.WriteString("duration", Durations.Format(window.Duration));
            json.WriteString("timeZone", window.TimeZone);
        }

        if (window.Reason.Length > 0)
        {
            json.WriteString("reason", window.Reason);
        }
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
