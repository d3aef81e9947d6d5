using System.Text.Json;
using Probes.Contracts.Checks;

namespace Probes.Agent.Commands;

/// <summary>Outcomes as a JSON array, for scripts: names as in the API, times in milliseconds.</summary>
internal static class JsonReport
{
    public static void Write(IReadOnlyList<CheckedOutcome> outcomes, Stream output)
    {
        using var json = new Utf8JsonWriter(output, new JsonWriterOptions { Indented = true });
        json.WriteStartArray();
        foreach (var (check, outcome, attempts) in outcomes)
        {
            json.WriteStartObject();
            json.WriteString("check", check.Name);
            json.WriteString("kind", check.Probe.Kind);
            json.WriteString("status", Word(outcome.Status));
            json.WriteNumber("attempts", attempts);
            json.WriteString("source", Word(outcome.Source));
            json.WriteString("reason", outcome.Reason);
            json.WriteString("message", outcome.Message);
            json.WriteNumber("durationMs", outcome.Duration.TotalMilliseconds);
            json.WriteStartObject("phasesMs");
            foreach (var phase in Enum.GetValues<Phase>())
            {
                if (outcome.Phases[phase] is { } took)
                {
                    json.WriteNumber(Word(phase), took.TotalMilliseconds);
                }
            }

            json.WriteEndObject();
            json.WriteString("address", outcome.Address);
            json.WriteNumber("statusCode", outcome.StatusCode);
            json.WriteStartArray("assertions");
            foreach (var assertion in outcome.Assertions)
            {
                json.WriteStartObject();
                json.WriteString("assertion", assertion.Assertion);
                json.WriteBoolean("passed", assertion.Passed);
                json.WriteString("actual", assertion.Actual);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteStartObject("evidence");
            foreach (var (name, value) in outcome.Evidence)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string Word<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}
