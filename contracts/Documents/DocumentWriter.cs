using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Probes.Contracts.Checks;
using Probes.Contracts.Checks.Kinds;

namespace Probes.Contracts.Documents;

/// <summary>Writes canonical JSON documents.</summary>
internal static class DocumentWriter
{
    // Only what JSON needs is escaped: YAML has no \u pairs for characters beyond the first plane.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Write(Check check) => Document("Check", check.Name, check.Description, check.Labels, json =>
    {
        json.WriteString("interval", Durations.Format(check.Interval));
        json.WriteString("timeout", Durations.Format(check.Timeout));
        if (check.Retry is { } retry)
        {
            Nested(json, "retry", () =>
            {
                json.WriteNumber("runs", retry.Runs);
                json.WriteString("after", Durations.Format(retry.After));
            });
        }

        if (check.Locations.Count > 0)
        {
            var project = QualifiedName.ProjectOf(check.Name);
            Texts(json, "locations", check.Locations.Select(l => QualifiedName.Within(project, l)));
        }

        json.WriteStartObject(check.Probe.Kind);
        ProbeKinds.Of(check.Probe).Write(check.Probe, json);
        json.WriteEndObject();
        if (check.Assertions.Count > 0)
        {
            json.WriteStartArray("assertions");
            foreach (var assertion in check.Assertions)
            {
                json.WriteStartObject();
                Write(json, assertion);
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    });

    public static string Write(Location location) => Document("Location", location.Name, location.Description, null, json =>
    {
        json.WriteString("type", location.Type == LocationType.Cloud ? "cloud" : "private");
        if (location.Region.Length > 0)
        {
            json.WriteString("region", location.Region);
        }

        if (location is { Latitude: { } latitude, Longitude: { } longitude })
        {
            json.WriteNumber("latitude", latitude);
            json.WriteNumber("longitude", longitude);
        }

        if (location.Shared)
        {
            json.WriteBoolean("shared", true);
        }
    });

    public static string Write(MaintenanceWindow window) =>
        Document("Maintenance", window.Name, window.Description, null, json => MaintenanceWriter.Write(json, window));

    private static string Document(
        string kind, string qualified, string description, IReadOnlyDictionary<string, string>? labels, Action<Utf8JsonWriter> spec)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteString("apiVersion", "probes/v1");
            json.WriteString("kind", kind);
            json.WriteStartObject("metadata");
            json.WriteString("name", QualifiedName.BareOf(qualified));
            if (QualifiedName.ProjectOf(qualified) is var project and not QualifiedName.DefaultProject)
            {
                json.WriteString("project", project);
            }

            if (description.Length > 0)
            {
                json.WriteString("description", description);
            }

            if (labels is { Count: > 0 })
            {
                json.WriteStartObject("labels");
                foreach (var (key, value) in labels.OrderBy(l => l.Key, StringComparer.Ordinal))
                {
                    json.WriteString(key, value);
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
            json.WriteStartObject("spec");
            spec(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void Write(Utf8JsonWriter json, Assertion assertion)
    {
        switch (assertion)
        {
            case StatusAssertion a:
                Texts(json, "status", a.Ranges.SelectMany(Statuses));
                break;
            case HeaderAssertion a:
                Nested(json, "header", () => { json.WriteString("name", a.Name); Write(json, a.Text); });
                break;
            case BodyAssertion a:
                Nested(json, "body", () => Write(json, a.Text));
                break;
            case JsonPathAssertion a:
                Nested(json, "jsonPath", () => { json.WriteString("path", a.Path); Write(json, a.Text); });
                break;
            case LatencyAssertion a:
                Nested(json, "latency", () => json.WriteString("below", Durations.Format(a.Below)));
                break;
            case PhaseAssertion a:
                Nested(json, "phase", () =>
                {
                    json.WriteString("name", a.Phase.ToString().ToLowerInvariant());
                    json.WriteString("below", Durations.Format(a.Below));
                });
                break;
            case CertificateAssertion a:
                Nested(json, "certificate", () => json.WriteNumber("daysLeft", a.DaysLeft));
                break;
            case AnswersAssertion a:
                Nested(json, "answers", () => Texts(json, a.Exact ? "equals" : "contains", a.Values));
                break;
            default:
                throw new ArgumentException($"no document form for {assertion.GetType().Name}", nameof(assertion));
        }
    }

    private static void Write(Utf8JsonWriter json, TextTest test)
    {
        var name = char.ToLowerInvariant(test.Operator.ToString()[0]) + test.Operator.ToString()[1..];
        if (test.Operator == TextOperator.Exists)
        {
            json.WriteBoolean(name, test.Value == "true");
        }
        else
        {
            json.WriteString(name, test.Value);
        }
    }

    // Documents know single codes and whole classes; any other range is written out in these.
    private static IEnumerable<string> Statuses(StatusRange range)
    {
        for (var code = range.From; code <= range.To; code++)
        {
            if (code % 100 == 0 && code + 99 <= range.To)
            {
                yield return $"{code / 100}xx";
                code += 99;
            }
            else
            {
                yield return code.ToString(CultureInfo.InvariantCulture);
            }
        }
    }

    private static void Nested(Utf8JsonWriter json, string name, Action members)
    {
        json.WriteStartObject(name);
        members();
        json.WriteEndObject();
    }

    internal static void Texts(Utf8JsonWriter json, string name, IEnumerable<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }
}
