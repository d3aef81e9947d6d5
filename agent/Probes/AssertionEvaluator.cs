using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Probes.Contracts.Checks;
using Probes.Contracts.Results;

namespace Probes.Agent.Probes;

/// <summary>Holds assertions against what a run has seen. Pure, but for a cache of compiled patterns.</summary>
internal static class AssertionEvaluator
{
    private const int MostPatterns = 10_000;

    private static readonly ConcurrentDictionary<string, Regex> Patterns = new(StringComparer.Ordinal);

    public static List<AssertionOutcome> Evaluate(IReadOnlyList<Assertion> assertions, Observation seen)
    {
        var outcomes = new List<AssertionOutcome>(assertions.Count);
        foreach (var assertion in assertions)
        {
            var (text, passed, actual) = Evaluate(assertion, seen);
            outcomes.Add(new AssertionOutcome(BoundedText.Cut(text), passed, BoundedText.Cut(actual)));
        }

        return outcomes;
    }

    private static (string Text, bool Passed, string Actual) Evaluate(Assertion assertion, Observation seen)
    {
        switch (assertion)
        {
            case StatusAssertion a:
                return ($"status is {string.Join(" or ", a.Ranges.Select(Describe))}", a.Ranges.Any(r => seen.StatusCode >= r.From && seen.StatusCode <= r.To),
                    Text(seen.StatusCode));
            case HeaderAssertion a:
                return Test($"header {a.Name}", a.Text, seen.Header(a.Name));
            case BodyAssertion a:
                return Test("body", a.Text, seen.Body);
            case JsonPathAssertion a:
                return Test(a.Path, a.Text, Select(a.Path, seen));
            case LatencyAssertion a:
                return ($"latency is below {Ms(a.Below)}", seen.Duration < a.Below, Ms(seen.Duration));
            case PhaseAssertion a:
                var phase = seen.Phases[a.Phase];
                return ($"{a.Phase.ToString().ToLowerInvariant()} is below {Ms(a.Below)}", (phase ?? TimeSpan.Zero) < a.Below, phase is { } took ? Ms(took) : "absent");
            case CertificateAssertion a:
                return ($"the certificate is valid for {a.DaysLeft} days more", seen.CertificateDaysLeft >= a.DaysLeft,
                    seen.CertificateDaysLeft is { } days ? $"{Text(days)} days" : "no certificate");
            case AnswersAssertion a:
                var answers = seen.Answers;
                var all = a.Values.All(v => answers.Contains(v, StringComparer.OrdinalIgnoreCase));
                return ($"answers {(a.Exact ? "are" : "contain")} {string.Join(", ", a.Values)}",
                    all && (!a.Exact || answers.All(v => a.Values.Contains(v, StringComparer.OrdinalIgnoreCase))), string.Join(", ", answers));
            default:
                return (assertion.GetType().Name, false, "not known to this agent");
        }
    }

    private static (string, bool, string) Test(string what, TextTest test, string? actual) => test.Operator switch
    {
        TextOperator.Equals => ($"{what} equals '{test.Value}'", actual == test.Value, actual ?? "absent"),
        TextOperator.Contains => ($"{what} contains '{test.Value}'", actual?.Contains(test.Value, StringComparison.Ordinal) == true, actual ?? "absent"),
        TextOperator.NotContains =>
            ($"{what} does not contain '{test.Value}'", actual?.Contains(test.Value, StringComparison.Ordinal) != true, actual ?? "absent"),
        TextOperator.Matches => ($"{what} matches '{test.Value}'", actual is not null && Pattern(test.Value).IsMatch(actual), actual ?? "absent"),
        TextOperator.Exists => ($"{what} {(test.Value == "true" ? "exists" : "does not exist")}", actual is not null == (test.Value == "true"), actual ?? "absent"),
        _ => (what, false, "not known to this agent"),
    };

    private static string? Select(string path, Observation seen)
    {
        if (seen.Json() is not { } json || !JsonPath.TryParse(path, out var parsed))
        {
            return null;
        }

        var found = parsed.Select(json);
        return found.Count switch
        {
            0 => null,
            1 when found[0].ValueKind == JsonValueKind.String => found[0].GetString(),
            1 => found[0].GetRawText(),
            _ => $"[{string.Join(',', found.Select(f => f.GetRawText()))}]",
        };
    }

    // Without backtracking a pattern cannot be made slow by what a target sends.
    private static Regex Pattern(string pattern)
    {
        if (Patterns.Count > MostPatterns)
        {
            Patterns.Clear();
        }

        return Patterns.GetOrAdd(pattern, p => new Regex(p, RegexOptions.NonBacktracking | RegexOptions.CultureInvariant));
    }

    private static string Describe(StatusRange range) => range.From == range.To ? Text(range.From) : $"{range.From}-{range.To}";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Ms(TimeSpan span) => string.Create(CultureInfo.InvariantCulture, $"{span.TotalMilliseconds:0.###} ms");
}
